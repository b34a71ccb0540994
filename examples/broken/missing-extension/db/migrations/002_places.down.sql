drop table places;
