/// The candidate that was most probably meant, if one is near enough to be worth naming: at most a third of the
/// characters are wrong (a swap of two neighbours counts once), and at least one may be. Upper and lower case are alike.
pub(super) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    /// Comparing costs memory with the word's length, and no key is so long.
    const LONGEST: usize = 256;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let length = candidate.chars().count().max(word.chars().count());
            *distance <= (length / 3).max(1) && *distance < length
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_swaps_and_case_but_nothing_far() {
        let keys = ["instance", "command", "count", "port"];
        assert_eq!(nearest("instnace", keys), Some("instance"));
        assert_eq!(nearest("PORT", keys), Some("port"));
        assert_eq!(nearest("storage", keys), None);
        assert_eq!(nearest("a", ["b"]), None);
    }

    #[test]
    fn bounds_the_work_for_endless_words() {
        let word = "x".repeat(1 << 16);
        assert_eq!(nearest(&word, ["instance"]), None);
    }
}
