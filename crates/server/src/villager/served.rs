//! The villages and groups a person can choose from instead of pointing at a place.

use std::collections::{BTreeMap, HashMap, HashSet};

use participation::Language;
use serde::Serialize;
use store::area::{self, Area, Level};
use store::{Scope, Store};

/// More choices than this make a list nobody can use; then only what lies highest is listed.
const CHOICES: usize = 400;

/// One line of the list.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The area's code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Choices under one heading: the villages of a township, or a village with its groups.
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading; empty where there is none.
    pub heading: String,
    /// In the order of the database.
    pub choices: Vec<Choice>,
}

/// Degrees: west, south, east, north.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Edges(pub f64, pub f64, pub f64, pub f64);

/// Every area that is served.
pub struct Served {
    areas: Vec<Area>,
}

impl Served {
    /// Reads them, without their outlines.
    ///
    /// # Errors
    /// [`store::Error`].
    pub async fn read(store: &Store) -> Result<Self, store::Error> {
        Ok(Self {
            areas: area::list(store, &Scope::Everything).await?,
        })
    }

    /// All that can be chosen, together; the county around it may be far larger.
    pub fn edges(&self) -> Option<Edges> {
        self.listed()
            .map(edges)
            .reduce(|a, b| Edges(a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)))
    }

    /// The edges of every area that can be chosen, by code.
    pub fn edges_by_code(&self) -> BTreeMap<&str, Edges> {
        self.listed()
            .map(|area| (area.code.as_str(), edges(area)))
            .collect()
    }

    /// The list, in sections.
    pub fn sections(&self, language: Language) -> Vec<Section> {
        let by_code: HashMap<_, _> = self
            .areas
            .iter()
            .map(|area| (area.code.as_str(), area))
            .collect();
        let with_groups: HashSet<_> = self
            .listed()
            .filter(|area| area.level == Level::Group)
            .filter_map(|area| area.parent.as_deref())
            .collect();
        let mut sections: Vec<(Option<&str>, Section)> = Vec::new();
        for area in self.listed() {
            // A village with groups heads its own section; any other stands under its parent.
            let head = if with_groups.contains(area.code.as_str()) {
                Some(area.code.as_str())
            } else {
                area.parent.as_deref()
            };
            let choice = Choice {
                code: area.code.clone(),
                name: name(area, language).to_owned(),
            };
            if let Some((_, section)) = sections.iter_mut().find(|(known, _)| *known == head) {
                section.choices.push(choice);
                continue;
            }
            let heading = head
                .and_then(|code| by_code.get(code))
                .map_or_else(String::new, |area| name(area, language).to_owned());
            let choices = vec![choice];
            sections.push((head, Section { heading, choices }));
        }
        sections.into_iter().map(|(_, section)| section).collect()
    }

    /// Villages and groups, and whatever else has nothing below it.
    fn listed(&self) -> impl Iterator<Item = &Area> {
        let parents: HashSet<_> = self
            .areas
            .iter()
            .filter_map(|area| area.parent.as_deref())
            .collect();
        let fine: Vec<_> = self
            .areas
            .iter()
            .filter(|area| {
                matches!(area.level, Level::Village | Level::Group)
                    || !parents.contains(area.code.as_str())
            })
            .collect();
        let too_many = fine.len() > CHOICES;
        fine.into_iter()
            .filter(move |area| !(too_many && area.level == Level::Group))
            .take(CHOICES)
    }
}

fn name(area: &Area, language: Language) -> &str {
    language.pick(&area.name_zh, &area.name_en)
}

fn edges(area: &Area) -> Edges {
    let bounds = &area.bounds;
    Edges(bounds.west, bounds.south, bounds.east, bounds.north)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(id: i64, code: &str, name: &str, level: Level, parent: Option<&str>) -> Area {
        let west = 108.0 + id as f64 / 10.0;
        Area {
            id,
            code: code.into(),
            name_zh: name.into(),
            name_en: String::new(),
            level,
            parent: parent.map(str::to_owned),
            bounds: grid::bounds::Bounds {
                west,
                south: 31.0,
                east: west + 0.1,
                north: 31.1,
            },
            area_m2: 1.0,
        }
    }

    fn served() -> Served {
        Served {
            areas: vec![
                area(0, "1", "高桥镇", Level::Township, None),
                area(1, "11", "大坪村", Level::Village, Some("1")),
                area(2, "111", "一组", Level::Group, Some("11")),
                area(3, "112", "二组", Level::Group, Some("11")),
                area(4, "12", "柳树村", Level::Village, Some("1")),
                area(5, "13", "石门村", Level::Village, Some("1")),
                area(6, "2", "独村", Level::Village, None),
            ],
        }
    }

    #[test]
    fn villages_stand_under_their_township_and_groups_under_their_village() {
        let lines: Vec<String> = served()
            .sections(Language::Zh)
            .iter()
            .map(|section| {
                let names: Vec<_> = section
                    .choices
                    .iter()
                    .map(|choice| choice.name.as_str())
                    .collect();
                format!("{}: {}", section.heading, names.join(" "))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "大坪村: 大坪村 一组 二组",
                "高桥镇: 柳树村 石门村",
                ": 独村"
            ]
        );
    }

    #[test]
    fn a_township_without_villages_can_be_chosen_itself() {
        let served = Served {
            areas: vec![area(0, "1", "高桥镇", Level::Township, None)],
        };
        assert_eq!(served.sections(Language::Zh)[0].choices[0].code, "1");
    }

    #[test]
    fn a_county_of_groups_lists_its_villages() {
        let mut areas = vec![area(0, "1", "大坪村", Level::Village, None)];
        areas.extend(
            (1..=CHOICES as i64)
                .map(|id| area(id, &format!("1{id}"), "组", Level::Group, Some("1"))),
        );
        let sections = Served { areas }.sections(Language::Zh);
        assert_eq!(sections.len(), 1);
        assert_eq!(sections[0].choices.len(), 1);
    }

    #[test]
    fn the_edges_hold_the_villages_and_no_more() {
        let mut served = served();
        served.areas[0].bounds.west = 100.0;
        let Edges(west, south, east, north) = served.edges().unwrap();
        assert!((west - 108.1).abs() < 1e-9 && (east - 108.7).abs() < 1e-9);
        assert!((south - 31.0).abs() < 1e-9 && (north - 31.1).abs() < 1e-9);
    }
}
