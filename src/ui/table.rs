//! Tables of records. Where the page is narrow, each row becomes a card with the heads beside its values.

use maud::Markup;
use maud::html;

/// A table; the first cell of a row names it. The roles are those that the elements lose when a style displays them as
/// blocks.
pub(crate) fn table<const N: usize>(
    id: &str,
    heads: [&str; N],
    rows: impl Iterator<Item = [Markup; N]>,
) -> Markup {
    html! {
        table id=(id) role="table" {
            thead role="rowgroup" {
                tr role="row" { @for head in heads { th scope="col" role="columnheader" { (head) } } }
            }
            tbody role="rowgroup" { @for row in rows { tr role="row" { (cells(&heads, row)) } } }
        }
    }
}

fn cells<const N: usize>(heads: &[&str; N], row: [Markup; N]) -> Markup {
    html! {
        @for (index, (head, cell)) in heads.iter().zip(row).enumerate() {
            @if index == 0 {
                th scope="row" role="rowheader" { (cell) }
            } @else {
                td role="cell" data-label=(head) { (cell) }
            }
        }
    }
}
