//! What the past may take of the memory.

use std::sync::Arc;

use super::Timeline;
use super::jumps::Jump;
use super::keep::Kept;
use crate::sim::Frame;

/// Most frames of courses set aside: to go through them takes time.
const MOST_ASIDE: usize = 2000;

impl Timeline {
    pub(super) fn fit(&mut self) {
        self.make_room(0);
    }

    /// Drops frames until all take less than the limit, with so many bytes to spare: first of courses set aside, but for the frames
    /// where these were left; then of this one; then the rest.
    pub(super) fn make_room(&mut self, spare: usize) {
        let fits = |timeline: &Self| timeline.bytes() + spare <= timeline.limit;
        let frames = |jump: &Jump| jump.course.kept().count();
        let many = |timeline: &Self| timeline.jumps.all().map(frames).sum::<usize>() > MOST_ASIDE;
        // Courses set aside may take half of the room.
        let aside = |timeline: &Self| timeline.bytes() > timeline.limit / 2 + timeline.bytes_with(std::iter::empty());
        while (many(self) || !fits(self) || aside(self))
            && let Some(jump) = self.jumps.all_mut().find(|jump| frames(jump) > 1)
        {
            jump.course.strip();
        }
        while aside(self) && self.forget() {}
        while !fits(self) && self.course.keep.frames().len() > 2 && self.course.keep.thin() {}
        while !fits(self) && (self.forget() || self.course.keep.thin()) {}
        if !fits(self) {
            self.course.marks.iter_mut().for_each(|mark| mark.kept = None);
        }
        // What is yet to come does not drive it out.
        if self.bytes() > self.limit {
            self.course.parting = None;
        }
    }

    /// Drops what is left of the oldest course set aside but its journal, from which it can be made again; whether there was one.
    fn forget(&mut self) -> bool {
        let bare = |jump: &Jump| jump.kept.is_none() && jump.course.is_bare();
        let oldest = self.jumps.all_mut().find(|jump| !bare(jump));
        oldest.is_some_and(|jump| {
            jump.kept = None;
            jump.course.clear();
            true
        })
    }

    /// Bytes of all frames, each once; and of the starts that the run itself does not hold.
    pub(super) fn bytes(&self) -> usize {
        self.bytes_with(self.jumps.all().flat_map(|jump| jump.course.kept().chain(&jump.kept)))
    }

    /// Bytes of the frames of this course and of some others.
    fn bytes_with<'a>(&'a self, others: impl Iterator<Item = &'a Kept>) -> usize {
        let mut seen = std::collections::BTreeSet::new();
        let first = self.course.keep.frames().first();
        let mut starts: Vec<&Frame> = first.map(|kept| &*kept.frame).into_iter().collect();
        let mut total = 0;
        for kept in self.course.kept().chain(others) {
            if seen.insert(Arc::as_ptr(&kept.frame).addr()) {
                total += kept.bytes;
                if !starts.iter().any(|start| start.shares_start(&kept.frame)) {
                    total += kept.frame.start_bytes();
                    starts.push(&kept.frame);
                }
            }
        }
        total
    }
}
