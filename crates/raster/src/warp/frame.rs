//! Where the nets of a grid lie.

use std::ops::Range;

use crate::Window;

/// The side of a net in pixels of the target. Part of what outputs are: another side gives pixels
/// that differ by up to the net's tolerance.
pub const SIDE: usize = 512;

/// One net of a grid, and which of its pixels are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The net's pixels in the grid; it may reach beyond the grid.
    pub window: Window,
    /// The wanted columns, counted in the frame.
    pub columns: Range<usize>,
    /// The wanted rows, counted in the frame.
    pub rows: Range<usize>,
}

impl Frame {
    /// A net for exactly this window.
    pub fn whole(window: Window) -> Self {
        Self {
            window,
            columns: 0..window.width,
            rows: 0..window.height,
        }
    }

    /// The wanted columns, counted in a window that has them.
    pub fn columns_in(&self, window: Window) -> Range<usize> {
        let first = self.window.column + self.columns.start as i64 - window.column;
        let first = first.max(0) as usize;
        first..first + self.columns.len()
    }

    /// The first wanted row, counted in a window that has it.
    pub fn first_row_in(&self, window: Window) -> usize {
        (self.window.row + self.rows.start as i64 - window.row).max(0) as usize
    }
}

/// The nets that a window of a grid lies in, row after row: their corners are multiples of 512.
pub fn frames(window: Window) -> Vec<Frame> {
    let side = SIDE as i64;
    let parts = |start: i64, length: usize| {
        let end = start + length as i64;
        let nets = start.div_euclid(side)..end.div_euclid(side) + 1;
        let nets = nets.map(move |net| {
            let low = (start - net * side).clamp(0, side) as usize;
            let high = (end - net * side).clamp(0, side) as usize;
            (net * side, low..high)
        });
        nets.filter(|(_, wanted)| !wanted.is_empty())
            .collect::<Vec<_>>()
    };
    let across = parts(window.column, window.width);
    parts(window.row, window.height)
        .into_iter()
        .flat_map(|(row, rows)| {
            let frame = move |(column, columns): &(i64, Range<usize>)| Frame {
                window: Window::new(*column, row, SIDE, SIDE),
                columns: columns.clone(),
                rows: rows.clone(),
            };
            across.iter().map(frame).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_with_a_margin_touches_its_neighbours() {
        let window = Window::new(511, -1, 514, 2);
        let found = frames(window);
        let corners: Vec<_> = found
            .iter()
            .map(|frame| (frame.window.column, frame.window.row))
            .collect();
        let rows = |row| [0, 512, 1024].map(|column| (column, row));
        assert_eq!(corners, [rows(-512), rows(0)].concat());
        assert_eq!(
            (found[0].columns.clone(), found[0].rows.clone()),
            (511..512, 511..512)
        );
        assert_eq!(
            (found[5].columns.clone(), found[5].rows.clone()),
            (0..1, 0..1)
        );
        assert_eq!(found[5].columns_in(window), 513..514);
        assert_eq!(
            (found[2].first_row_in(window), found[5].first_row_in(window)),
            (0, 1)
        );
        assert_eq!(frames(Window::new(512, 1024, 512, 512)).len(), 1);
        assert_eq!(frames(Window::new(3, 3, 0, 7)), []);
    }
}
