create function touch_updated_at() returns trigger
language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end
$$;

create trigger posts_touch_updated_at
    before update on posts
    for each row execute function touch_updated_at();
