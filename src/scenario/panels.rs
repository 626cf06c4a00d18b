//! One panel more, one panel less.

use super::Scenario;
use super::file::{MOST_PANELS, Mismatch};
use crate::flow::Flow;

impl Scenario {
    /// Adds a copy of a panel at the right end, under a free name. Nothing changes where there is no such panel or no room.
    pub fn duplicate_panel(&mut self, panel: usize) -> Result<(), Mismatch> {
        if self.panels.len() >= MOST_PANELS {
            return Err(Mismatch::new(
                "panels",
                format!("there are {MOST_PANELS} panels already, and no room for more: remove one first"),
            ));
        }
        let Some(flow) = self.panels.get(panel) else {
            return Err(no_such(panel));
        };
        let copy = Flow {
            name: free_name(&self.panels, &flow.name),
            ..flow.clone()
        };
        self.panels.push(copy);
        Ok(())
    }

    /// Takes a panel away. Nothing changes where there is no such panel or it is the last one.
    pub fn remove_panel(&mut self, panel: usize) -> Result<(), Mismatch> {
        if panel >= self.panels.len() {
            return Err(no_such(panel));
        }
        if self.panels.len() == 1 {
            return Err(Mismatch::new(
                "panels",
                "the last panel stays: there must be one to look at".to_owned(),
            ));
        }
        self.panels.remove(panel);
        Ok(())
    }
}

fn no_such(panel: usize) -> Mismatch {
    Mismatch::new("panels", format!("there is no panel {}", panel + 1))
}

/// The name itself, or with another number at its end where a panel has it already.
pub(crate) fn free_name(panels: &[Flow], name: &str) -> String {
    let taken = |wanted: &str| panels.iter().any(|flow| flow.name == wanted);
    let stem = match name.rsplit_once(' ') {
        Some((stem, number)) if !stem.is_empty() && number.parse::<u32>().is_ok() => stem,
        _ => name,
    };
    let numbered = (2..).map(|k| format!("{stem} {k}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|wanted| !taken(wanted))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::scenario::presets;

    #[test]
    fn copies_have_names_of_their_own_and_four_is_the_most() {
        let mut scenario = presets()[0].scenario();
        scenario.panels.truncate(1);
        scenario.panels[0].name = "WFR".to_owned();
        scenario.duplicate_panel(0).unwrap();
        scenario.duplicate_panel(1).unwrap();
        scenario.duplicate_panel(0).unwrap();
        let names: Vec<&str> = scenario.panels.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["WFR", "WFR 2", "WFR 3", "WFR 4"]);
        let full = scenario.clone();
        assert!(scenario.duplicate_panel(0).unwrap_err().to_string().contains("no room"));
        assert!(scenario.remove_panel(4).unwrap_err().to_string().contains("no panel 5"));
        assert_eq!(scenario, full);
        for _ in 0..3 {
            scenario.remove_panel(0).unwrap();
        }
        assert!(scenario.remove_panel(0).unwrap_err().to_string().contains("last panel"));
        assert!(
            scenario
                .duplicate_panel(1)
                .unwrap_err()
                .to_string()
                .contains("no panel 2")
        );
        assert_eq!(scenario.panels[0].name, "WFR 4");
    }
}
