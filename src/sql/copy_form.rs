//! An `INSERT` of many literal rows as `COPY`, which the server takes in several times as fast.
//!
//! Read by its letters and not by the parser: for a long list the parse tree would cost more than `COPY` saves. Only
//! what means the same either way is taken; whatever else there is, is left as it is.

/// The same rows as `COPY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyForm {
    /// The table with its columns, as the statement writes them.
    pub table: String,
    /// The columns, as the statement writes them.
    pub columns: Vec<String>,
    /// The rows in the text format of `COPY`.
    pub data: String,
    /// How many rows there are.
    pub rows: usize,
}

/// Reads `insert into TABLE (COLUMNS) values (LITERALS), …` and nothing more: strings without escapes, whole numbers,
/// `null`, `true` and `false`.
#[must_use]
pub fn copy_form(statement: &str) -> Option<CopyForm> {
    let mut scanner = Scanner { rest: statement };
    scanner.word("insert")?;
    scanner.word("into")?;
    let table = scanner.until('(')?.to_owned();
    let columns: Vec<String> = scanner.until(')')?.split(',').map(|name| name.trim().to_owned()).collect();
    let plain = |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '-');
    if !plain(&table) || !columns.iter().all(|name| plain(name)) {
        return None;
    }
    scanner.word("values")?;
    let (mut data, mut rows) = (String::with_capacity(statement.len()), 0);
    loop {
        scanner.row(columns.len(), &mut data)?;
        rows += 1;
        if scanner.sign(',').is_none() {
            break;
        }
    }
    scanner.rest.trim_start().is_empty().then_some(CopyForm { table, columns, data, rows })
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn sign(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self, wanted: &str) -> Option<()> {
        let text = self.rest.trim_start();
        let (word, rest) = text.split_at_checked(wanted.len())?;
        let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        (word.eq_ignore_ascii_case(wanted) && ends).then(|| self.rest = rest)
    }

    /// What stands before a sign, quoted names and further parentheses aside.
    fn until(&mut self, sign: char) -> Option<&'a str> {
        let (before, rest) = self.rest.split_once(sign)?;
        self.rest = rest;
        (!before.contains(['"', '(', '/'])).then(|| before.trim())
    }

    fn row(&mut self, width: usize, data: &mut String) -> Option<()> {
        self.sign('(')?;
        for column in 0..width {
            if column > 0 {
                self.sign(',')?;
                data.push('\t');
            }
            self.value(data)?;
        }
        data.push('\n');
        self.sign(')')
    }

    fn value(&mut self, data: &mut String) -> Option<()> {
        let text = self.rest.trim_start();
        if let Some(inside) = text.strip_prefix('\'') {
            self.rest = string(inside, data)?;
            return Some(());
        }
        let end = text.find(|c: char| c.is_whitespace() || c == ',' || c == ')')?;
        let (word, rest) = text.split_at(end);
        self.rest = rest;
        let digits = word.strip_prefix('-').unwrap_or(word);
        if word.eq_ignore_ascii_case("null") {
            data.push_str("\\N");
        } else if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
            data.push_str(&word.to_ascii_lowercase());
        } else if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            data.push_str(word);
        } else {
            return None;
        }
        Some(())
    }
}

/// A string without its first quote, and what comes after it.
fn string<'a>(mut inside: &'a str, data: &mut String) -> Option<&'a str> {
    loop {
        let (part, rest) = inside.split_once('\'')?;
        // A backslash means one thing or another, as the session is set.
        if part.contains('\\') {
            return None;
        }
        for c in part.chars() {
            match c {
                '\t' => data.push_str("\\t"),
                '\n' => data.push_str("\\n"),
                '\r' => data.push_str("\\r"),
                c => data.push(c),
            }
        }
        match rest.strip_prefix('\'') {
            Some(rest) => {
                data.push('\'');
                inside = rest;
            }
            None => return Some(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::copy_form;

    #[test]
    fn literal_rows_become_lines() {
        let form =
            copy_form("INSERT INTO s.t (a, b) VALUES\n (1, 'it''s\tö'), (-2 ,NULL),(True, '')").unwrap();
        assert_eq!((form.table.as_str(), form.rows), ("s.t", 3));
        assert_eq!(form.columns, ["a", "b"]);
        assert_eq!(form.data, "1\tit's\\tö\n-2\t\\N\ntrue\t\n");
    }

    #[test]
    fn what_might_mean_something_else_is_left_as_it_is() {
        for statement in [
            "insert into t values (1)",
            "insert into t (a) values (1) on conflict do nothing",
            "insert into t (a) values (1) returning a",
            "insert into t (a) values (now())",
            "insert into t (a) values (1.5)",
            "insert into t (a) values (default)",
            "insert into t (a) values ('a\\b')",
            "insert into t (a) values (e'a')",
            "insert into t (a) values ('a'::text)",
            "insert into t (a, b) values (1)",
            "insert into t (a) values (1, 2)",
            "insert into t (a) overriding system value values (1)",
            "insert into t as x (a) values (1)",
            "insert into t (a[1]) select 1",
            "insert into t (a) values (1) -- one",
            "insert into \"T\" (a) values (1)",
            "insert into t (a) values ('a' 'b')",
            "with x as (select 1) insert into t (a) values (1)",
        ] {
            assert_eq!(copy_form(statement), None, "{statement}");
        }
    }
}
