//! "Did you mean": the nearest of the known words.

/// Longest word in bytes that is worth a suggestion: the work grows with the product of the lengths.
const LONGEST_WORD: usize = 64;

/// The known word that a misspelt one is nearest to, if it is near.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST_WORD)
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|(distance, candidate)| distance * 2 <= candidate.len())
        .map(|(_, candidate)| candidate)
}

/// `; did you mean X?`, or nothing.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"))
}

/// Levenshtein's distance: the least number of characters put in, left out or replaced.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        assert_eq!((distance("kitten", "sitting"), distance("", "ab"), distance("a", "a")), (3, 2, 0));
        let known = ["IsComplete", "Completeness", "IsUnique"];
        assert_eq!(nearest("iscomplete", known), Some("IsComplete"));
        assert_eq!(nearest("IsComplet", known), Some("IsComplete"));
        assert_eq!(nearest("Banana", known), None);
        assert_eq!(nearest(&"IsUnique".repeat(100_000), known), None);
    }
}
