copy users to program 'cat > /dev/null';
