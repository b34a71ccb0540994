-- Names as they are written on letters.
update users
set
    nmae = initcap(name);
