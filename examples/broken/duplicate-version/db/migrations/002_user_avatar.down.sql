alter table users drop column avatar;
