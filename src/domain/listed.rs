//! Several things in a sentence.

use std::fmt::Display;

/// `a, b, c and 2 more`: the first `most` of them by name.
pub fn listed<T: Display>(all: impl IntoIterator<Item = T>, most: usize) -> String {
    let mut all = all.into_iter();
    let named: Vec<String> = all.by_ref().take(most).map(|one| one.to_string()).collect();
    match all.count() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_the_first_are_named_and_the_rest_is_counted() {
        let of = |n: usize| listed(["a", "b", "c", "d"].iter().take(n), 2);
        assert_eq!([0, 1, 2, 3, 4].map(of), ["", "a", "a, b", "a, b and 1 more", "a, b and 2 more"]);
    }
}
