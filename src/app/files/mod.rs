//! Files: scenarios and sessions opened and saved, and what is exported.

use eframe::egui::{Popup, RichText, Ui};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::widgets::{button, icon_button};

impl App {
    /// The menu of everything that has to do with files.
    pub(super) fn file_menu_ui(&mut self, ui: &mut Ui, edge: f32) {
        let button = icon_button(ui, Icon::File, "File", "Open, save, share, export", edge);
        Popup::menu(&button).show(|ui| {
            self.open_and_save_ui(ui);
            ui.separator();
            self.exports_menu_ui(ui);
        });
    }

    /// Scenario and session.
    fn open_and_save_ui(&mut self, ui: &mut Ui) {
        ui.label(RichText::new("Scenario and session").weak());
    }

    /// Pictures, films and tables.
    fn exports_menu_ui(&mut self, ui: &mut Ui) {
        ui.label(RichText::new("Pictures, films, tables").weak());
        if button(ui, "Export…", "Export").on_hover_text("E").clicked() {
            self.queue.push(Action::ToggleExports);
            ui.close();
        }
    }
}
