//! Files by the date in their path.

use estrella_core::event::parse_date;

use crate::CliError;
use crate::pipeline::Input;

/// Length of `YYYY-MM-DD`.
const DATE_BYTES: usize = 10;

/// The files of dates from `from` on and before `to`, in days since the Unix epoch. All of them if neither is given.
pub(super) fn between(
    inputs: Vec<Input>,
    from: Option<i32>,
    to: Option<i32>,
) -> Result<Vec<Input>, CliError> {
    if from.is_none() && to.is_none() {
        return Ok(inputs);
    }
    let mut kept = Vec::with_capacity(inputs.len());
    for input in inputs {
        let Some(date) = date_in(&input.key) else {
            let what = format!("there is no date like 2019-10-01 in the path of {}", input.shown);
            let hint = "name such files without --from and --to";
            return Err(CliError::bad_input(what).with_hint(hint));
        };
        if from.is_none_or(|from| date >= from) && to.is_none_or(|to| date < to) {
            kept.push(input);
        }
    }
    match kept.is_empty() {
        true => Err(CliError::bad_input("no file has a date from --from to --to")),
        false => Ok(kept),
    }
}

/// The last date in a key, as `2019-10-01` or `2019/10/01`.
fn date_in(key: &str) -> Option<i32> {
    let key = key.replace('/', "-");
    (0..key.len()).rev().find_map(|start| parse_date(key.get(start..start + DATE_BYTES)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(key: &str) -> Input {
        Input { shown: key.to_owned(), path: key.into(), key: key.to_owned() }
    }

    #[test]
    fn the_last_date_of_a_path_counts() {
        let day = |text| parse_date(text);
        assert_eq!(date_in("data/2020-01-01/events-2019-10-31.csv.gz"), day("2019-10-31"));
        assert_eq!(date_in("raw/2019/10/02/part-ä.parquet"), day("2019-10-02"));
        assert_eq!(date_in("raw/events-20191002.csv"), None);
    }

    #[test]
    fn the_first_date_is_in_and_the_last_is_not() {
        let inputs = || ["a-2019-10-01", "a-2019-10-02", "a-2019-10-03"].map(input).to_vec();
        let keys = |from, to| -> Vec<String> {
            let kept = between(inputs(), parse_date(from), parse_date(to)).unwrap();
            kept.into_iter().map(|input| input.key).collect()
        };
        assert_eq!(keys("2019-10-01", "2019-10-03"), ["a-2019-10-01", "a-2019-10-02"]);
        assert_eq!(keys("2019-10-03", ""), ["a-2019-10-03"]);
        assert!(between(inputs(), parse_date("2020-01-01"), None).is_err());
        assert!(between(vec![input("a")], parse_date("2020-01-01"), None).is_err(), "no date");
        assert_eq!(between(vec![input("a")], None, None).unwrap().len(), 1);
    }
}
