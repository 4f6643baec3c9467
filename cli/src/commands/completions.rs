//! `estrella completions`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{Cli, CliError, Exit, Output};

pub(crate) fn run(shell: Shell, out: &mut Output) -> Result<Exit, CliError> {
    out.text(&String::from_utf8_lossy(&script(shell)))?;
    Ok(Exit::Done)
}

/// Into memory first: the generator panics when it cannot write.
fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "estrella", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_knows_every_command() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(*shell)).unwrap();
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell} {}", command.get_name());
            }
        }
    }
}
