//! What is done to a server as a whole: databases and roles.

use super::{DatabaseError, Session, SessionSettings, Target};
use crate::model::ident::{Ident, Literal};

/// A session on a server's maintenance database, by whoever may make databases there.
#[derive(Debug)]
pub struct Admin {
    session: Session,
}

impl Admin {
    /// Connects under an `application_name`.
    pub async fn open(target: &Target, name: &str) -> Result<Self, DatabaseError> {
        Ok(Self { session: Session::open(target, &SessionSettings::administering(name)).await? })
    }

    /// Closes the session and waits until it is closed.
    pub async fn close(self) {
        self.session.close().await;
    }

    /// The server's version as it writes it, such as `17.2`.
    pub async fn version(&self) -> Result<String, DatabaseError> {
        let text = self.session.value("show server_version").await?.unwrap_or_default();
        Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
    }

    /// Makes a database. Copies `template`, to which nobody may be connected, when one is given.
    pub async fn create_database(
        &self,
        name: &str,
        owner: Option<&str>,
        template: Option<&str>,
    ) -> Result<(), DatabaseError> {
        let mut sql = format!("create database {}", Ident::new(name));
        if let Some(owner) = owner {
            sql += &format!(" owner {}", Ident::new(owner));
        }
        if let Some(template) = template {
            sql += &format!(" template {}", Ident::new(template));
            if self.copies_files_faster().await? {
                sql += " strategy file_copy";
            }
        }
        self.session.run(&sql).await
    }

    /// Whether a database is copied faster file by file than through the write-ahead log, which is what servers do
    /// unasked since 15: where no file has to reach the disk.
    async fn copies_files_faster(&self) -> Result<bool, DatabaseError> {
        let sql = "select current_setting('fsync') = 'off' \
            and current_setting('server_version_num')::integer >= 150000";
        Ok(self.session.value(sql).await?.as_deref() == Some("t"))
    }

    /// Whether there is a database of that name.
    pub async fn has_database(&self, name: &str) -> Result<bool, DatabaseError> {
        let sql = format!("select from pg_catalog.pg_database d where d.datname = {}", Literal::new(name));
        Ok(!self.session.rows(&sql).await?.is_empty())
    }

    /// Gives a database to which nobody is connected another name.
    pub async fn rename_database(&self, old: &str, new: &str) -> Result<(), DatabaseError> {
        self.session.run(&format!("alter database {} rename to {}", Ident::new(old), Ident::new(new))).await
    }

    /// Drops a database with whoever is connected to it. Server 13 and newer.
    pub async fn drop_database(&self, name: &str) -> Result<(), DatabaseError> {
        self.session.run(&format!("drop database if exists {} with (force)", Ident::new(name))).await
    }

    /// Drops databases of runs that are no more: their name begins with `prefix`, and no session goes by the
    /// part of the name that says the run.
    pub async fn sweep_databases(&self, prefix: &str) -> Result<(), DatabaseError> {
        let sql = format!(
            "select d.datname from pg_catalog.pg_database d \
             where pg_catalog.starts_with(d.datname::text, {}) and not exists ( \
               select 1 from pg_catalog.pg_stat_activity a \
               where a.application_name <> '' and pg_catalog.starts_with(d.datname::text, a.application_name))",
            Literal::new(prefix)
        );
        for row in self.session.rows(&sql).await? {
            self.drop_database(row.at(0).unwrap_or_default()).await?;
        }
        Ok(())
    }

    /// Whether the session's user may copy a database, and nobody is connected to it.
    pub async fn can_copy(&self, name: &str) -> Result<bool, DatabaseError> {
        let sql = format!(
            "select (r.rolsuper or (r.rolcreatedb and (d.datdba = r.oid or d.datistemplate))) \
               and not exists (select 1 from pg_catalog.pg_stat_activity a where a.datid = d.oid) \
             from pg_catalog.pg_database d, pg_catalog.pg_roles r \
             where d.datname = {} and r.rolname = current_user",
            Literal::new(name)
        );
        Ok(self.session.value(&sql).await?.as_deref() == Some("t"))
    }

    /// The owner of a database, and whether that is a superuser.
    pub async fn database_owner(&self, name: &str) -> Result<(String, bool), DatabaseError> {
        let sql = format!(
            "select r.rolname, r.rolsuper::text from pg_catalog.pg_database d \
             join pg_catalog.pg_roles r on r.oid = d.datdba where d.datname = {}",
            Literal::new(name)
        );
        self.role(&sql).await
    }

    /// The roles of the server, sorted.
    pub async fn roles(&self) -> Result<Vec<String>, DatabaseError> {
        let rows = self.session.rows("select r.rolname from pg_catalog.pg_roles r order by 1").await?;
        Ok(rows.iter().filter_map(|row| row.at(0).map(str::to_owned)).collect())
    }

    /// Makes a role that owns databases: a superuser, or else one that may do nothing beside.
    pub async fn create_owner(&self, name: &str, superuser: bool) -> Result<(), DatabaseError> {
        let rights = if superuser { "superuser" } else { "nosuperuser" };
        self.session.run(&format!("create role {} login {rights}", Ident::new(name))).await
    }

    /// Makes a role without login, and `member` a member of it who may hand it on.
    pub async fn create_role(&self, name: &str, member: &str) -> Result<(), DatabaseError> {
        let (role, member) = (Ident::new(name), Ident::new(member));
        self.session
            .run(&format!("create role {role} nologin; grant {role} to {member} with admin option"))
            .await
    }

    /// Makes `member` a member of a role.
    pub async fn grant_role(&self, role: &str, member: &str) -> Result<(), DatabaseError> {
        self.session.run(&format!("grant {} to {}", Ident::new(role), Ident::new(member))).await
    }

    /// Drops a role that owns nothing any more.
    pub async fn drop_role(&self, name: &str) -> Result<(), DatabaseError> {
        self.session.run(&format!("drop role if exists {}", Ident::new(name))).await
    }

    /// The session's user, and whether that is a superuser.
    pub async fn user(&self) -> Result<(String, bool), DatabaseError> {
        let sql =
            "select r.rolname, r.rolsuper::text from pg_catalog.pg_roles r where r.rolname = current_user";
        self.role(sql).await
    }

    async fn role(&self, sql: &str) -> Result<(String, bool), DatabaseError> {
        let rows = self.session.rows(sql).await?;
        let row = rows.first();
        let name = row.and_then(|row| row.at(0)).unwrap_or_default().to_owned();
        Ok((name, row.and_then(|row| row.at(1)) == Some("true")))
    }
}
