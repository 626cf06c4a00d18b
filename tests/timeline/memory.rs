//! What is kept of the past, and how much.

use super::*;

#[test]
fn frames_are_thinned_evenly_and_stay_within_their_memory() {
    for (particles, limit) in [(50, 2 << 20), (2000, 2 << 20), (20_000, 2 << 20), (20_000, 1000)] {
        let mut timeline = Timeline::new(busy(particles, vec![Flow::langevin(), Flow::wfr()]));
        timeline.set_limit(limit);
        // The start has no particles of its own to keep, but a frame is never nothing.
        let least = timeline.strip().bytes;
        for _ in 0..if particles > 10_000 { 60 } else { 700 } {
            timeline.step().unwrap();
            let strip = timeline.strip();
            assert!(
                strip.bytes <= limit.max(least),
                "{particles}: {} of {limit}",
                strip.bytes
            );
        }
        let strip = timeline.strip();
        eprintln!(
            "{particles}: {} frames every {}, {} bytes",
            strip.frames.len(),
            strip.interval,
            strip.bytes
        );
        assert_eq!(strip.frames[0], 0.0);
        let even = |w: &[f64]| (w[1] - w[0] - strip.interval).abs() < 1e-9;
        assert!(strip.frames.windows(2).all(even), "{:?}", strip.frames);
        assert_eq!(strip.frames.len() > 1, limit > 1000, "{particles}");
        // Whatever was kept, every step is reached.
        let end = written(&timeline.simulation().frame());
        timeline.seek(timeline.end().step / 2);
        timeline.seek(u64::MAX);
        assert!(written(&timeline.simulation().frame()) == end);
    }
}

#[test]
fn a_checkpoint_and_a_copy_of_the_run_survive_a_short_memory() {
    let mut timeline = Timeline::new(busy(3000, vec![Flow::wfr()]));
    let go = |timeline: &mut Timeline, n: u64| (0..n).for_each(|_| timeline.step().unwrap());
    go(&mut timeline, 30);
    timeline.mark();
    let marked = written(&timeline.simulation().frame());
    go(&mut timeline, 30);
    timeline.apply(Command::Reset);
    go(&mut timeline, 10);
    timeline.set_limit(100_000);
    assert!(timeline.strip().bytes <= 100_000, "{}", timeline.strip().bytes);
    assert!(timeline.undo());
    assert_eq!((timeline.now().step, timeline.strip().marks.len()), (60, 1));
    timeline.seek(timeline.strip().marks[0].step);
    assert!(written(&timeline.simulation().frame()) == marked);
    timeline.unmark(30);
    assert!(timeline.strip().marks.is_empty() && timeline.redo() && !timeline.redo());
    assert_eq!(timeline.now().step, 10);
}

#[test]
fn a_long_run_that_was_reset_is_where_it_was_at_once() {
    let mut timeline = Timeline::new(busy(3000, vec![Flow::wfr()]));
    let go = |timeline: &mut Timeline, n: u64| (0..n).for_each(|_| timeline.step().unwrap());
    timeline.set_limit(2 << 20);
    go(&mut timeline, 60);
    let kept = timeline.strip();
    assert!(kept.bytes > kept.limit / 2, "{} of {}", kept.bytes, kept.limit);
    let left = written(&timeline.simulation().frame());
    timeline.apply(Command::Reset);
    go(&mut timeline, 5);
    // Its frame was kept: not one step is repeated.
    assert_eq!(timeline.begin_undo(), Some(60));
    assert_eq!(timeline.now().step, 60);
    assert!(written(&timeline.simulation().frame()) == left);
}

#[test]
fn a_touch_of_the_brush_is_undone_at_once_where_one_frame_fits() {
    let first = busy(3000, vec![Flow::langevin(), Flow::wfr()]);
    let mut timeline = Timeline::new(first);
    let go = |timeline: &mut Timeline, n: u64| (0..n).for_each(|_| timeline.step().unwrap());
    go(&mut timeline, 60);
    // Room for one frame, and for no second beside it.
    let frame = timeline.simulation().frame();
    let limit = (frame.bytes() - frame.start_bytes()) * 3 / 2;
    timeline.set_limit(limit);
    let before = written(&timeline.state());
    timeline.apply(dab(-1.0, 0.4, Stroke::Add(30)));
    timeline.apply_joined(dab(-0.8, 0.4, Stroke::Add(30)));
    go(&mut timeline, 12);
    let left = written(&timeline.state());
    let within = |timeline: &Timeline| {
        let strip = timeline.strip();
        println!("{} of {} bytes, frames at {:?}", strip.bytes, strip.limit, strip.frames);
        assert!(strip.bytes <= limit && strip.frames.len() == 1);
    };
    within(&timeline);
    // The state before the touch is there: not one step is repeated.
    assert_eq!((timeline.begin_undo(), timeline.now().step), (Some(60), 60));
    assert!(written(&timeline.state()) == before);
    within(&timeline);
    // The way forth begins where both courses part: only the steps after it are repeated.
    assert_eq!(timeline.begin_redo(), Some(72));
    assert!(timeline.now().step >= 60, "{}", timeline.now().step);
    timeline.seek(72);
    assert!(written(&timeline.state()) == left);
    within(&timeline);
    // So does the way back to any step after the touch.
    timeline.seek_towards(65, 0);
    assert_eq!(timeline.now().step, 60);
    // A second touch takes the place of the first.
    timeline.seek(72);
    timeline.apply(dab(0.0, 0.6, Stroke::Erase));
    go(&mut timeline, 3);
    assert_eq!((timeline.begin_undo(), timeline.now().step), (Some(72), 72));
    assert!(written(&timeline.state()) == left);
    within(&timeline);
}
