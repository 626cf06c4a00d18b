//! Where things were drawn that a card of a lecture can point at.
//!
//! Whoever draws such a thing notes its place; whoever points looks it up at the end of the frame. Places of the last frame are forgotten,
//! so that nothing is pointed at that is not on show.

use eframe::egui::{Context, Id, Rect, ViewportId};

use crate::lecture::Pointer;

/// The places of one frame of one viewport.
#[derive(Clone, Default)]
struct Noted {
    frame: u64,
    places: Vec<(Pointer, Rect)>,
}

fn id(viewport: ViewportId) -> Id {
    Id::unique(("spots", viewport))
}

/// Notes that something stands here in this frame.
pub(super) fn note(ctx: &Context, what: Pointer, rect: Rect) {
    let (frame, id) = (ctx.cumulative_frame_nr(), id(ctx.viewport_id()));
    ctx.data_mut(|data| {
        let noted = data.get_temp_mut_or_default::<Noted>(id);
        if noted.frame != frame {
            noted.places.clear();
            noted.frame = frame;
        }
        noted.places.push((what, rect));
    });
}

/// Where something stands in this frame, if it has been drawn already.
pub(super) fn find(ctx: &Context, what: &Pointer) -> Option<Rect> {
    let (frame, id) = (ctx.cumulative_frame_nr(), id(ctx.viewport_id()));
    let noted = ctx.data(|data| data.get_temp::<Noted>(id))?;
    let here = |(of, _): &&(Pointer, Rect)| of == what;
    let place = (noted.frame == frame).then(|| noted.places.iter().find(here))??;
    Some(place.1)
}

/// Takes back that something stands somewhere: it has been scrolled out of view.
pub(super) fn forget(ctx: &Context, what: &Pointer) {
    let id = id(ctx.viewport_id());
    ctx.data_mut(|data| {
        let noted = data.get_temp_mut_or_default::<Noted>(id);
        noted.places.retain(|(of, _)| of != what);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_forgotten_with_its_frame() {
        let ctx = Context::default();
        let rect = Rect::from_min_max([1.0, 2.0].into(), [3.0, 4.0].into());
        let frame =
            |f: &mut dyn FnMut(&Context)| ctx.run_ui(Default::default(), |ui| f(ui.ctx())).textures_delta.clear();
        frame(&mut |ctx| {
            note(ctx, Pointer::Plot(1), rect);
            assert_eq!(find(ctx, &Pointer::Plot(1)), Some(rect));
            assert_eq!(find(ctx, &Pointer::Plot(2)), None);
            note(ctx, Pointer::Plot(3), rect);
            forget(ctx, &Pointer::Plot(3));
            assert_eq!(find(ctx, &Pointer::Plot(3)), None);
        });
        frame(&mut |ctx| assert_eq!(find(ctx, &Pointer::Plot(1)), None));
    }
}
