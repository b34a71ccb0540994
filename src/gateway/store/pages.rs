//! What pages show: a run with what it is doing, and the repositories with their last runs.

use serde_json::Value;

use super::{Run, RunId, Store, StoreError};

/// How a run's job stands.
#[derive(Debug, Clone, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Stand {
    /// It waits for its turn, perhaps again.
    Waiting,
    /// It runs.
    Running,
    /// It was done.
    Done,
    /// It was given up; perhaps somebody has had it done again since, as another job.
    #[strum(serialize = "failed", serialize = "retried")]
    Failed,
    /// A newer one took its place, or its pull request was closed.
    Superseded,
}

/// A run as its page shows it.
#[derive(Debug, Clone)]
pub struct ShownRun {
    /// The run.
    pub run: Run,
    /// What was kept for its page.
    pub shown: Option<Value>,
    /// How its job stands.
    pub stand: Stand,
    /// Why its job was given up, or is tried again.
    pub error: Option<String>,
    /// When it began, in UTC.
    pub begun: String,
    /// When it ended, in UTC.
    pub ended: Option<String>,
}

/// A line of what a run is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressLine {
    /// When, in UTC.
    pub at: String,
    /// What.
    pub text: String,
}

/// How far a run has come: it has changed when this has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Whether nothing will change any more.
    pub is_over: bool,
    /// Something else for each change.
    pub mark: String,
}

/// The last run of a pull request.
#[derive(Debug, Clone)]
pub struct LastRun {
    /// The pull request.
    pub pull: u64,
    /// The run.
    pub run: RunId,
    /// Whether all was well, once that is known.
    pub ok: Option<bool>,
    /// The verdict, one sentence.
    pub verdict: Option<String>,
    /// How its job stands.
    pub stand: Stand,
}

/// Moments as pages show them.
const MOMENT: &str = "'YYYY-MM-DD HH24:MI:SS \"UTC\"'";

impl RunId {
    /// Whether a text can be a run's id at all.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        let dash = |place: usize| matches!(place, 8 | 13 | 18 | 23);
        let fits =
            |(place, byte): (usize, u8)| if dash(place) { byte == b'-' } else { byte.is_ascii_hexdigit() };
        text.len() == 36 && text.bytes().enumerate().all(fits)
    }
}

impl Store {
    /// Keeps what a run's page shows beside the report.
    pub async fn keep_shown(&self, run: &RunId, shown: &Value) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "update confiture_bot.runs set shown = $2 where run = $1::text::uuid";
        session.execute(sql, &[&run.0, shown]).await?;
        Ok(())
    }

    /// Keeps the verdict of a run, one sentence.
    pub async fn keep_verdict(&self, run: &RunId, verdict: &str) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "update confiture_bot.runs set verdict = $2 where run = $1::text::uuid";
        session.execute(sql, &[&run.0, &verdict]).await?;
        Ok(())
    }

    /// A run by what stands in an address.
    pub async fn shown_run(&self, id: &str) -> Result<Option<ShownRun>, StoreError> {
        if !RunId::is_one(id) {
            return Ok(None);
        }
        let session = self.session().await?;
        let sql = format!(
            "select r.run::text, r.repository, r.pull, r.head, r.report, r.shown, j.state, j.error,
               to_char(r.begun at time zone 'UTC', {MOMENT}),
               to_char(coalesce(r.ended, j.ended) at time zone 'UTC', {MOMENT})
             from confiture_bot.runs r join confiture_bot.jobs j using (job) where r.run = $1::text::uuid"
        );
        let Some(row) = session.query_opt(&sql, &[&id]).await? else { return Ok(None) };
        let run = Run {
            id: RunId(row.try_get(0)?),
            repository: row.try_get(1)?,
            pull: row.try_get::<_, Option<i64>>(2)?.and_then(|pull| u64::try_from(pull).ok()),
            head: row.try_get(3)?,
            report: row.try_get(4)?,
        };
        Ok(Some(ShownRun {
            run,
            shown: row.try_get(5)?,
            stand: stand(row.try_get(6)?)?,
            error: row.try_get(7)?,
            begun: row.try_get(8)?,
            ended: row.try_get(9)?,
        }))
    }

    /// Forgets what earlier attempts of a run did.
    pub async fn forget_progress(&self, run: &RunId) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "delete from confiture_bot.progress where run = $1::text::uuid";
        session.execute(sql, &[&run.0]).await?;
        Ok(())
    }

    /// Keeps what a run is doing: lines from a number on. A line that is there becomes another.
    pub async fn keep_progress(&self, run: &RunId, from: usize, lines: &[String]) -> Result<(), StoreError> {
        let first = i32::try_from(from).unwrap_or(i32::MAX);
        let session = self.session().await?;
        let sql = "insert into confiture_bot.progress (run, line, text)
                   select $1::text::uuid, $2::integer + place::integer, text
                   from unnest($3::text[]) with ordinality as lines (text, place)
                   on conflict (run, line) do update set text = excluded.text, at = excluded.at";
        session.execute(sql, &[&run.0, &first, &lines]).await?;
        Ok(())
    }

    /// What a run was doing so far.
    pub async fn progress(&self, run: &RunId) -> Result<Vec<ProgressLine>, StoreError> {
        let session = self.session().await?;
        let sql = "select to_char(at at time zone 'UTC', 'HH24:MI:SS'), text from confiture_bot.progress
                   where run = $1::text::uuid order by line";
        let rows = session.query(sql, &[&run.0]).await?;
        rows.iter().map(|row| Ok(ProgressLine { at: row.try_get(0)?, text: row.try_get(1)? })).collect()
    }

    /// How far a run has come; none when there is no such run.
    pub async fn pace(&self, run: &RunId) -> Result<Option<Pace>, StoreError> {
        let session = self.session().await?;
        let sql = "select r.report is not null or j.state not in ('waiting', 'running'),
                     concat_ws(' ', j.state, j.attempts, r.ended, r.shown is not null,
                       (select concat(count(*), ' ', max(at)) from confiture_bot.progress p where p.run = r.run))
                   from confiture_bot.runs r join confiture_bot.jobs j using (job) where r.run = $1::text::uuid";
        let row = session.query_opt(sql, &[&run.0]).await?;
        row.map(|row| Ok(Pace { is_over: row.try_get(0)?, mark: row.try_get(1)? })).transpose()
    }

    /// The repositories of which something was checked, `owner/name` each.
    pub async fn known_repositories(&self) -> Result<Vec<String>, StoreError> {
        // Goes from one name to the next in the index: there are far more runs than repositories.
        let sql = "
            with recursive names as (
              (select repository from confiture_bot.runs order by repository limit 1)
              union all
              select (select r.repository from confiture_bot.runs r where r.repository > n.repository
                      order by r.repository limit 1)
              from names n where n.repository is not null)
            select repository from names where repository is not null order by repository";
        let session = self.session().await?;
        let rows = session.query(sql, &[]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The installation of the App that a repository was last checked as.
    pub async fn installation_of(&self, repository: &str) -> Result<Option<u64>, StoreError> {
        let session = self.session().await?;
        let sql = "select (j.input->>'installation')::bigint from confiture_bot.runs r
                   join confiture_bot.jobs j using (job)
                   where r.repository = $1 order by r.begun desc limit 1";
        let row = session.query_opt(sql, &[&repository]).await?;
        let id: Option<i64> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(id.and_then(|id| u64::try_from(id).ok()))
    }

    /// The last run of each pull request of a repository.
    pub async fn last_runs(&self, repository: &str, pulls: &[u64]) -> Result<Vec<LastRun>, StoreError> {
        let pulls: Vec<i64> = pulls.iter().filter_map(|pull| i64::try_from(*pull).ok()).collect();
        let session = self.session().await?;
        let sql = "select r.pull, r.run::text, (r.report->>'ok')::boolean, r.verdict, j.state
                   from unnest($2::bigint[]) as wanted (pull) cross join lateral (
                     select * from confiture_bot.runs where repository = $1 and runs.pull = wanted.pull
                     order by begun desc limit 1) r
                   join confiture_bot.jobs j using (job)";
        let rows = session.query(sql, &[&repository, &pulls]).await?;
        let last = rows.iter().map(|row| {
            Ok(LastRun {
                pull: row.try_get::<_, i64>(0)?.unsigned_abs(),
                run: RunId(row.try_get(1)?),
                ok: row.try_get(2)?,
                verdict: row.try_get(3)?,
                stand: stand(row.try_get(4)?)?,
            })
        });
        last.collect()
    }

    /// The open pull requests of a repository, and whether that is what GitHub said within these seconds.
    pub async fn open_pulls(
        &self,
        repository: &str,
        seconds: f64,
    ) -> Result<Option<(Value, bool)>, StoreError> {
        let session = self.session().await?;
        let sql = "select pulls, asked > now() - make_interval(secs => $2) from confiture_bot.open_pulls
                   where repository = $1";
        let row = session.query_opt(sql, &[&repository, &seconds]).await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Keeps what GitHub says is open.
    pub async fn keep_open_pulls(&self, repository: &str, pulls: &Value) -> Result<(), StoreError> {
        let session = self.session().await?;
        let sql = "insert into confiture_bot.open_pulls (repository, pulls) values ($1, $2)
                   on conflict (repository) do update set pulls = excluded.pulls, asked = now()";
        session.execute(sql, &[&repository, pulls]).await?;
        Ok(())
    }

    /// How the open pull requests of a repository get on with each other, for the base branch that most of them go to;
    /// none as long as nobody has looked.
    pub async fn widest_matrix(&self, repository: &str) -> Result<Option<Value>, StoreError> {
        let session = self.session().await?;
        let sql = "select matrix from confiture_bot.matrices where repository = $1
                   order by jsonb_array_length(matrix->'branches') desc limit 1";
        Ok(session.query_opt(sql, &[&repository]).await?.map(|row| row.try_get(0)).transpose()?)
    }
}

fn stand(text: &str) -> Result<Stand, StoreError> {
    text.parse()
        .map_err(|_| StoreError::new(format!("a job is in the state {text}, which is not known here")))
}

#[cfg(test)]
mod tests {
    use super::RunId;

    #[test]
    fn what_stands_in_an_address_is_a_run_only_when_it_looks_like_one() {
        assert!(RunId::is_one("0b989ba4-242f-11e5-81e1-000000000042"));
        for text in [
            "",
            "42",
            "0b989ba4-242f-11e5-81e1-00000000004",
            "0b989ba4+242f-11e5-81e1-000000000042",
            "' or true; drop table deliveries; --0",
        ] {
            assert!(!RunId::is_one(text), "{text}");
        }
    }
}
