//! Putting many rows into a table at once, by COPY.

use super::conn::Conn;
use super::value::escaped;
use crate::store::records::Cause;
use crate::store::records::Value;

/// Puts rows into a table, each with a value for each of these columns. The names come from the table itself.
pub(super) async fn put_rows(
    conn: &mut Conn,
    table: &str,
    columns: &[String],
    rows: &[Vec<Value>],
) -> Result<(), Cause> {
    let columns: Vec<_> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let statement = format!("COPY {table} ({}) FROM STDIN", columns.join(", "));
    let mut lines = String::new();
    for row in rows {
        for (place, value) in row.iter().enumerate() {
            if place > 0 {
                lines.push('\t');
            }
            push(&mut lines, value);
        }
        lines.push('\n');
    }
    conn.copy(&statement, lines).await
}

/// A value as COPY reads it.
fn push(line: &mut String, value: &Value) {
    match value {
        Value::Null => line.push_str("\\N"),
        Value::Integer(number) => line.push_str(&number.to_string()),
        Value::Boolean(truth) => line.push(if *truth { 't' } else { 'f' }),
        Value::Text(text) => push_text(line, &escaped(text)),
        Value::Bytes(bytes) => {
            line.push_str("\\\\x");
            for byte in bytes {
                line.push_str(&format!("{byte:02x}"));
            }
        }
        Value::Texts(texts) => push_text(line, &serde_json::json!(texts).to_string()),
    }
}

fn push_text(line: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\\' => line.push_str("\\\\"),
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            other => line.push(other),
        }
    }
}
