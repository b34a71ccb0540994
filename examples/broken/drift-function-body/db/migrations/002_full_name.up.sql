create function full_name(first text, last text) returns text
language sql immutable
return first || last;
