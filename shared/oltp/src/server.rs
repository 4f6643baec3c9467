//! Where the database is.

use std::str::FromStr;

use pgwire_replication::ReplicationConfig;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};

use crate::{Error, Result};

const DEFAULT_PORT: u16 = 5432;
/// Texts are written as the server renders them, so its rendering must not depend on its configuration.
const SESSION: &str = "-c TimeZone=UTC -c DateStyle=ISO,MDY -c IntervalStyle=postgres -c extra_float_digits=1 \
                       -c bytea_output=hex -c client_min_messages=warning";

/// A server and a database on it, from a URL like `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
#[derive(Clone)]
pub struct Server {
    config: Config,
    host: String,
    port: u16,
    user: String,
}

impl std::fmt::Debug for Server {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({self})")
    }
}

impl std::fmt::Display for Server {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "postgres://{}@{}:{}/{}", self.user, self.host, self.port, self.database())
    }
}

impl FromStr for Server {
    type Err = Error;

    /// A socket's folder can stand for the host, as in libpq: `postgres://USER@%2Fvar%2Frun%2Fpostgresql/DATABASE`.
    fn from_str(url: &str) -> Result<Self> {
        // Not the URL: it may hold a password.
        let refuse = |why: String| Error::refused(format!("the database's url cannot be used: {why}"));
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(refuse("it does not begin with postgres://".into()));
        }
        let mut config: Config = url.parse().map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            refuse(format!("{error}{}", cause.unwrap_or_default()))
        })?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(refuse("it asks for tls, which is not built in; lead it through a tunnel".into()));
        }
        let host = match config.get_hosts() {
            [Host::Tcp(name)] => name.clone(),
            #[cfg(unix)]
            [Host::Unix(folder)] => folder.display().to_string(),
            [] => return Err(refuse("it names no host".into())),
            _ => return Err(refuse("it names more than one host".into())),
        };
        let user = config.get_user().map(str::to_owned);
        let user = user.ok_or_else(|| refuse("it names no user".into()))?;
        let port = config.get_ports().first().copied().unwrap_or(DEFAULT_PORT);
        config.options(SESSION).application_name("estrella");
        Ok(Self { config, host, port, user })
    }
}

impl Server {
    /// Name of the database; the user's when the URL has none.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or(&self.user)
    }

    /// Opens an ordinary connection.
    pub(crate) async fn connect(&self) -> Result<Client> {
        let connected = self.config.connect(NoTls).await;
        let (client, connection) = connected.map_err(Error::database(format!("cannot connect to {self}")))?;
        tokio::spawn(async move {
            // The statement that is under way reports it as well, and says what it was doing.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
        Ok(client)
    }

    /// The settings of a replication connection that reads `slot`.
    pub(crate) fn replication(&self, slot: &str, publication: &str) -> ReplicationConfig {
        let password = self.config.get_password().map(String::from_utf8_lossy).unwrap_or_default();
        let mut config =
            ReplicationConfig::new(&self.host, &self.user, password, self.database(), slot, publication);
        config.port = self.port;
        config.options = Some(SESSION.to_owned());
        config.application_name = Some("estrella-capture".to_owned());
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_and_its_password_not_shown() {
        let server: Server = "postgres://me:s%40crt@db.example:6000/shop".parse().unwrap();
        assert_eq!(server.to_string(), "postgres://me@db.example:6000/shop");
        assert_eq!(server.replication("s", "p").password, "s@crt");
        assert!(!format!("{server:?}").contains("crt"));
        let server: Server = "postgres://me@%2Frun%2Fpg".parse().unwrap();
        assert_eq!((server.host.as_str(), server.port, server.database()), ("/run/pg", 5432, "me"));
    }

    #[test]
    fn urls_that_cannot_work_are_refused() {
        for (url, why) in [
            ("host=x user=y", "does not begin"),
            ("postgres://me@h/d?sslmode=require", "tls"),
            ("postgres://h/d", "no user"),
            ("postgres://me@a,b/d", "more than one host"),
            ("postgres://me@h/d?nonsense=1", "nonsense"),
        ] {
            let error = url.parse::<Server>().unwrap_err().to_string();
            assert!(error.contains(why), "{url}: {error}");
        }
    }
}
