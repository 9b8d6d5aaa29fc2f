//! A packed R-tree over rectangles that lie in the order of a space-filling curve.
//!
//! Sixteen neighbours make a node, sixteen nodes one of the next level (Roussopoulos and Leifker,
//! 1985; the order of Kamel and Faloutsos, 1993): no pointers, four numbers a node.

use super::plane::Rectangle;

const CHILDREN: usize = 16;

/// Finds which of a row of rectangles touch another.
#[derive(Debug, Default)]
pub struct Tree {
    /// From the rectangles themselves to the level of at most [`CHILDREN`] nodes.
    levels: Vec<Vec<Rectangle>>,
}

impl Tree {
    pub fn new(rectangles: Vec<Rectangle>) -> Self {
        let mut levels = vec![rectangles];
        while let Some(last) = levels.last()
            && last.len() > CHILDREN
        {
            let around = |nodes: &[Rectangle]| {
                nodes
                    .iter()
                    .fold(Rectangle::NOTHING, super::plane::Rectangle::union)
            };
            let above = last.chunks(CHILDREN).map(around).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The rectangle of a number.
    pub fn rectangle(&self, index: usize) -> Rectangle {
        self.levels[0][index]
    }

    /// The rectangle around all; `None` when there are none.
    pub fn around(&self) -> Option<Rectangle> {
        let top = self.levels.last()?;
        top.iter().copied().reduce(|all, node| all.union(&node))
    }

    /// Calls `found` with the numbers of those that touch `searched`, rising.
    pub fn search(&self, searched: &Rectangle, found: &mut impl FnMut(usize)) {
        if let Some(top) = self.levels.len().checked_sub(1) {
            self.descend(top, 0..self.levels[top].len(), searched, found);
        }
    }

    pub fn bytes(&self) -> usize {
        self.levels.iter().map(|level| size_of_val(&**level)).sum()
    }

    fn descend(
        &self,
        level: usize,
        nodes: std::ops::Range<usize>,
        searched: &Rectangle,
        found: &mut impl FnMut(usize),
    ) {
        for node in nodes {
            if !self.levels[level][node].touches(searched) {
                continue;
            }
            if level == 0 {
                found(node);
                continue;
            }
            let first = node * CHILDREN;
            let end = (first + CHILDREN).min(self.levels[level - 1].len());
            self.descend(level - 1, first..end, searched, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(tree: &Tree, searched: &Rectangle) -> Vec<usize> {
        let mut numbers = Vec::new();
        tree.search(searched, &mut |number| numbers.push(number));
        numbers
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        let everything = Rectangle {
            low: [i32::MIN; 2],
            high: [i32::MAX; 2],
        };
        assert!(found(&Tree::new(Vec::new()), &everything).is_empty());
        assert_eq!(Tree::new(Vec::new()).around(), None);
    }

    fn rectangles() -> impl Strategy<Value = Rectangle> {
        (-500..500_i32, -500..500_i32, 0..90_i32, 0..90_i32).prop_map(|(x, y, width, height)| {
            Rectangle {
                low: [x, y],
                high: [x + width, y + height],
            }
        })
    }

    proptest! {
        #[test]
        fn it_finds_what_looking_at_each_finds(
            all in prop::collection::vec(rectangles(), 0..700), searched in rectangles(),
        ) {
            let each: Vec<_> = (0..all.len()).filter(|index| all[*index].touches(&searched)).collect();
            prop_assert_eq!(found(&Tree::new(all), &searched), each);
        }
    }
}
