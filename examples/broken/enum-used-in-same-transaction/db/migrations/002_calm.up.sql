alter type mood add value 'calm';

alter table diary alter column mood set default 'calm';
