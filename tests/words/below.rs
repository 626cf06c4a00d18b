//! What the layers below the window have to say in it: names, labels and help. They know nothing of the table, so it asks them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use wfr_lab::app::readable;
use wfr_lab::params::list;
use wfr_lab::reference::REASONS;
use wfr_lab::target::handle::ENDS;
use wfr_lab::target::{Own, Shape};
use wfr_lab::verify::{checks, groups};

/// The sentences of a file that the window shows.
pub(crate) fn sentences(file: &str, tokens: &TokenStream) -> Vec<String> {
    if file.starts_with("src/app/") || file.starts_with("src/cli/") {
        // Those have their own `t!` and `msg!`.
        return Vec::new();
    }
    let mut all = Vec::new();
    match file {
        "src/target/mod.rs" => all.extend(Shape::all().iter().map(|shape| readable(shape.name()))),
        "src/target/formula/own.rs" => {
            let own = Own::read("a = 1").unwrap();
            all.push(own.range().help.to_owned());
        }
        // What its own controls call otherwise stands so in lists and tables.
        "src/target/blend.rs" => all.extend(["Beta", "Beta at noise"].map(str::to_owned)),
        "src/target/handle.rs" => all.extend(ENDS.map(str::to_owned)),
        "src/reference/mod.rs" => all.extend(REASONS.map(str::to_owned)),
        "src/verify/list.rs" => {
            all.extend(groups().into_iter().map(str::to_owned));
            // What a check states is a formula.
            all.extend(checks().iter().map(|check| check.about.to_owned()));
        }
        _ => {}
    }
    numbers_and_handles(tokens.clone(), &mut all);
    all.retain(|text| is_in_words(text));
    all
}

/// Formulas and units of one letter are the same in all languages.
fn is_in_words(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic());
    words.any(|word| word.chars().count() >= 3 || word == "of")
}

/// What is said of `Number`s, alone or in `parameters!`, and of `Handle`s.
fn numbers_and_handles(tokens: TokenStream, into: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = |back: usize| match i.checked_sub(back).map(|k| &tokens[k]) {
            Some(TokenTree::Ident(name)) => name.to_string(),
            Some(TokenTree::Punct(sign)) => sign.as_char().to_string(),
            _ => String::new(),
        };
        let called = before(1);
        let of = |kind: &str| before(2) == ":" && before(3) == ":" && before(4) == kind;
        if group.delimiter() == Delimiter::Parenthesis {
            let texts = group.stream().into_iter().filter_map(text);
            match called.as_str() {
                "linear" | "log" | "whole" if of("Number") => into.extend(texts),
                // `name: linear(…)`, as `parameters!` has it.
                "linear" | "log" | "whole" if before(2) == ":" && before(3) != ":" => {
                    into.push(readable(&before(3)));
                    into.extend(texts);
                }
                "center" | "axis" | "level" if of("Handle") => into.extend(texts),
                _ => {}
            }
        }
        if group.delimiter() == Delimiter::Brace && called == "tests" {
            continue;
        }
        numbers_and_handles(group.stream(), into);
    }
}

fn text(token: TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else {
        return None;
    };
    Some(syn::parse_str::<syn::LitStr>(&literal.to_string()).ok()?.value())
}

/// Whatever a slider is made of is found.
pub(crate) fn every_parameter_is_in(table: &[String]) {
    let missing: Vec<String> = Shape::all()
        .iter_mut()
        .flat_map(|shape| list(shape.parameters()))
        .flat_map(|(name, _, info)| [readable(&name), info.help.to_owned(), info.unit.to_owned()])
        .filter(|text| is_in_words(text) && !table.contains(text))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
