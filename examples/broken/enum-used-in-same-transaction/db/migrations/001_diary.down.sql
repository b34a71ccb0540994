drop table diary;
drop type mood;
