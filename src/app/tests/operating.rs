//! Start and stop: what is asked, what runs, how it ends.
