//! Who is signed in, who may read what, and the keys that links are signed with.

use std::time::Duration;

use super::{Store, StoreError};

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id on GitHub, which nobody else ever gets.
    pub id: u64,
    /// Their login, which they may change.
    pub login: String,
}

impl Store {
    /// The key of this name that all processes have: `new` when there was none.
    pub async fn key(&self, name: &str, new: &[u8]) -> Result<Vec<u8>, StoreError> {
        let session = self.session().await?;
        let keep = "insert into confiture_bot.keys (name, key) values ($1, $2) on conflict (name) do nothing";
        session.execute(keep, &[&name, &new]).await?;
        let sql = "select key from confiture_bot.keys where name = $1";
        Ok(session.query_one(sql, &[&name]).await?.try_get(0)?)
    }

    /// Signs somebody in: `session` is the hash of what the browser has. Sessions that have ended are forgotten.
    pub async fn sign_in(&self, session: &[u8], person: &Person, lasts: Duration) -> Result<(), StoreError> {
        let id = i64::try_from(person.id).unwrap_or(i64::MAX);
        let sql = "with over as (delete from confiture_bot.sessions where ends < now())
                   insert into confiture_bot.sessions (session, person, login, ends)
                   values ($1, $2, $3, now() + make_interval(secs => $4))";
        let client = self.session().await?;
        client.execute(sql, &[&session, &id, &person.login, &lasts.as_secs_f64()]).await?;
        Ok(())
    }

    /// Whose session it is, as long as it lasts.
    pub async fn signed_in(&self, session: &[u8]) -> Result<Option<Person>, StoreError> {
        let sql = "select person, login from confiture_bot.sessions where session = $1 and ends > now()";
        let client = self.session().await?;
        let row = client.query_opt(sql, &[&session]).await?;
        let person = |row: tokio_postgres::Row| {
            Ok(Person { id: row.try_get::<_, i64>(0)?.unsigned_abs(), login: row.try_get(1)? })
        };
        row.map(person).transpose()
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &[u8]) -> Result<(), StoreError> {
        let client = self.session().await?;
        client.execute("delete from confiture_bot.sessions where session = $1", &[&session]).await?;
        Ok(())
    }

    /// Whether somebody may read a repository, when GitHub was asked within this time.
    pub async fn may_read(
        &self,
        person: u64,
        repository: &str,
        within: Duration,
    ) -> Result<Option<bool>, StoreError> {
        let person = i64::try_from(person).unwrap_or(i64::MAX);
        let sql = "select may_read from confiture_bot.readers
                   where person = $1 and repository = $2 and asked > now() - make_interval(secs => $3)";
        let client = self.session().await?;
        let row = client.query_opt(sql, &[&person, &repository, &within.as_secs_f64()]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Keeps what GitHub said of somebody and a repository, and forgets what it said a day ago of anybody.
    pub async fn keep_may_read(
        &self,
        person: u64,
        repository: &str,
        may_read: bool,
    ) -> Result<(), StoreError> {
        let person = i64::try_from(person).unwrap_or(i64::MAX);
        let sql = "with old as (delete from confiture_bot.readers where asked < now() - interval '1 day'
                                and (person, repository) <> ($1, $2))
                   insert into confiture_bot.readers (person, repository, may_read) values ($1, $2, $3)
                   on conflict (person, repository) do update set may_read = excluded.may_read, asked = now()";
        let client = self.session().await?;
        client.execute(sql, &[&person, &repository, &may_read]).await?;
        Ok(())
    }
}
