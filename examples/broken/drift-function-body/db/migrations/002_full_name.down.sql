drop function full_name(text, text);
