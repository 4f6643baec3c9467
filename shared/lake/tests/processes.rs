//! Several processes on one folder, some of them killed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use estrella_core::schema::FACT_USER_EVENTS as FACTS;
use estrella_lake::contract::{first_column, write_rows};
use estrella_lake::{Commit, Error, Lake, Operation, Result};

const FOLDER: &str = "ESTRELLA_TEST_FOLDER";
const WRITER: &str = "ESTRELLA_TEST_WRITER";
const WRITERS: i32 = 4;
const COMMITS: i32 = 12;

/// The work of one process; a test of its own only so that this binary can start itself.
#[tokio::test]
#[ignore = "started by the test below"]
async fn writer() -> Result<()> {
    let (Some(folder), Ok(writer)) = (std::env::var_os(FOLDER), std::env::var(WRITER)) else { return Ok(()) };
    let writer: i32 = writer.parse().unwrap();
    let lake = Lake::open_dir(&PathBuf::from(folder))?;
    for n in 0..COMMITS {
        let number = writer * COMMITS + n;
        let name = format!("n-{number}");
        let file = write_rows(&**lake.store(), &FACTS, &name, Some(0), &[number]).await?;
        let operation = Operation::Append(vec![file]);
        lake.commit(&FACTS, Commit { key: name, operation, base: None, properties: BTreeMap::new() }).await?;
    }
    Ok(())
}

fn start(folder: &Path, writer: i32) -> Result<Child> {
    let exe = std::env::current_exe().map_err(|error| Error::io("find test", "", error))?;
    let mut command = Command::new(&exe);
    command.args(["--exact", "writer", "--ignored"]).env(FOLDER, folder).env(WRITER, writer.to_string());
    command.stdout(Stdio::null()).spawn().map_err(|error| Error::io("start", &exe, error))
}

#[tokio::test]
async fn killed_and_restarted_writers_lose_and_double_nothing() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..4 {
        let mut children =
            (0..WRITERS).map(|writer| start(folder.path(), writer)).collect::<Result<Vec<_>>>()?;
        for (n, child) in children.iter_mut().enumerate() {
            // All but those of the last round die somewhere in their work.
            if round < 3 {
                std::thread::sleep(Duration::from_millis(15 + 7 * n as u64));
                child.kill().unwrap();
            }
        }
        for mut child in children {
            let status = child.wait().unwrap();
            assert!(round < 3 || status.success());
        }
    }
    let lake = Lake::open_dir(folder.path())?;
    let table = lake.table(&FACTS).await?;
    let rows = first_column(&**lake.store(), &table.plan(None).await?).await?;
    let mut wanted: Vec<_> = (0..WRITERS * COMMITS).map(|number| number.to_string()).collect();
    wanted.sort_unstable();
    assert_eq!(rows, wanted);
    assert_eq!(table.history().len(), wanted.len());
    Ok(())
}
