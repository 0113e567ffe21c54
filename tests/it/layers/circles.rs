//! Circles between source files. A file may use another that does not use it, neither itself nor by a way around: then each
//! can be read, and moved, without the other.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

/// A module by its path from the root of the crate, such as `["scim", "bulk"]`. It stands for its file.
type Module = Vec<String>;

#[test]
fn no_file_uses_one_that_uses_it() {
    let house = House::read();
    let circles = circles(&house.uses());
    let words: Vec<_> = circles.iter().map(|files| files.join(" ")).collect();
    assert!(words.is_empty(), "{words:#?}");
}

#[test]
fn a_circle_of_three_is_found_and_a_chain_is_none() {
    let uses = |pairs: &[(&str, &str)]| {
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            uses.entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
            uses.entry((*to).to_owned()).or_default();
        }
        uses
    };
    let chain = [("a", "b"), ("b", "c"), ("a", "c")];
    assert!(circles(&uses(&chain)).is_empty());
    let circle = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")];
    assert_eq!(circles(&uses(&circle)), [["a", "b", "c"]]);
}

/// All files of the crate but its tests.
struct House {
    files: BTreeMap<Module, File>,
}

/// The names of a file.
#[derive(Default)]
struct File {
    /// Items that are defined here.
    defines: BTreeSet<String>,
    /// Names that stand for items of other files, with their paths as they are written.
    imports: BTreeMap<String, Import>,
    /// Paths in the code.
    paths: Vec<Vec<String>>,
    /// All words of the code but those of imports.
    words: BTreeSet<String>,
}

struct Import {
    path: Vec<String>,
    public: bool,
}

impl House {
    fn read() -> House {
        let files = super::sources()
            .into_iter()
            .map(|(_, path)| (module(&path), File::read(&super::without_tests(&path))))
            .collect();
        House { files }
    }

    /// The files that each file uses.
    fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let name = |module: &Module| module.join("/");
        self.files
            .iter()
            .map(|(module, file)| {
                let used = file
                    .used_paths()
                    .filter_map(|path| self.file_of(module, path));
                let others = used.filter(|used| used != module).map(|used| name(&used));
                (name(module), others.collect())
            })
            .collect()
    }

    /// The file that defines what a path in the file of `module` means; `None` where it is of another crate.
    fn file_of(&self, module: &Module, path: &[String]) -> Option<Module> {
        self.resolve(&self.absolute(module, path)?, LONGEST_CHAIN)
    }

    /// The path from the root of the crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut from = module.clone();
        let mut rest = path;
        while let [first, after @ ..] = rest {
            match first.as_str() {
                "crate" => from.clear(),
                "self" => {}
                "super" => drop(from.pop()),
                _ => break,
            }
            rest = after;
        }
        let child: Vec<_> = from.iter().chain(path.first()).cloned().collect();
        let is_own = rest.len() < path.len() || self.files.contains_key(&child);
        is_own.then(|| [&from[..], rest].concat())
    }

    /// Follows a path through modules and re-exports, so many at most.
    fn resolve(&self, path: &[String], more: usize) -> Option<Module> {
        let mut at = Module::new();
        for (index, word) in path.iter().enumerate() {
            let below: Module = at.iter().chain([word]).cloned().collect();
            if self.files.contains_key(&below) {
                at = below;
                continue;
            }
            let file = self.files.get(&at)?;
            let import = file
                .imports
                .get(word)
                .filter(|_| !file.defines.contains(word));
            return match import.and_then(|import| self.absolute(&at, &import.path)) {
                Some(target) if more > 0 => {
                    self.resolve(&[&target[..], &path[index + 1..]].concat(), more - 1)
                }
                _ => Some(at),
            };
        }
        self.files.contains_key(&at).then_some(at)
    }
}

impl File {
    fn read(code: &str) -> File {
        let mut file = File::default();
        let tokens = tokens(code);
        let mut at = 0;
        let mut public = false;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let length = tokens[at..]
                    .iter()
                    .position(|token| token == ";")
                    .unwrap_or(1);
                file.import(&tokens[at + 1..at + length], public);
                at += length;
                continue;
            }
            if DEFINES.contains(&tokens[at].as_str())
                && let Some(name) = tokens.get(at + 1)
            {
                file.defines.insert(name.clone());
            }
            // Visibility names modules, and uses nothing of them.
            if tokens[at] == "pub" {
                public = true;
                at += 1 + parenthesis(&tokens[at + 1..]);
                continue;
            }
            if tokens[at] == "mod" {
                public = false;
                at += 2;
                continue;
            }
            let path = path(&tokens[at..]);
            public = false;
            at += (2 * path.len()).max(2) - 1;
            file.words.extend(path.iter().cloned());
            if path.len() > 1 {
                file.paths.push(path);
            }
        }
        file
    }

    fn import(&mut self, tokens: &[String], public: bool) {
        let path = path(tokens);
        let alias = tokens
            .iter()
            .position(|token| token == "as")
            .map(|at| &tokens[at + 1]);
        if let Some(name) = alias.or(path.last()) {
            self.imports.insert(name.clone(), Import { path, public });
        }
    }

    /// Paths that are used here. A name that is only passed on is not.
    fn used_paths(&self) -> impl Iterator<Item = &[String]> {
        let imports = self.imports.iter();
        let imports = imports.filter(|(name, import)| !import.public || self.words.contains(*name));
        let imports = imports.map(|(_, import)| &import.path[..]);
        imports.chain(self.paths.iter().map(|path| &path[..]))
    }
}

/// The tokens of the parenthesis at the start, if there is one.
fn parenthesis(tokens: &[String]) -> usize {
    match tokens.first().is_some_and(|first| first == "(") {
        true => 1 + tokens.iter().take_while(|token| *token != ")").count(),
        false => 0,
    }
}

/// The path at the start of the tokens; empty if there is none.
fn path(tokens: &[String]) -> Vec<String> {
    let is_word = |token: &&String| token.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let mut path = Vec::new();
    let mut rest = tokens;
    while let Some(word) = rest.first().filter(is_word) {
        path.push(word.clone());
        match &rest[1..] {
            [colons, after @ ..] if colons == "::" => rest = after,
            _ => break,
        }
    }
    path
}

/// The code as words, `::` and single characters, without comments and the content of literals.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (length, counts) = match first {
            _ if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            _ if rest.starts_with("r#\"") => (until(rest, "\"#"), false),
            '"' => (string(rest), false),
            '\'' if rest.starts_with("'\"'") || rest.starts_with("'\\") => (3, false),
            ':' if rest.starts_with("::") => (2, true),
            c if is_word(c) => (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), true),
            c => (c.len_utf8(), !c.is_whitespace()),
        };
        if counts {
            tokens.push(rest[..length].to_owned());
        }
        rest = &rest[length..];
    }
    tokens
}

/// The length of the text up to the end of the next `end`.
fn until(code: &str, end: &str) -> usize {
    code.find(end).map_or(code.len(), |at| at + end.len())
}

/// The length of the string that starts here.
fn string(code: &str) -> usize {
    let mut escaped = false;
    let end = code[1..].find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(code.len(), |end| end + 2)
}

/// Groups of files of which each uses all others, by a way around at least.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = uses
        .keys()
        .map(|file| {
            let mut reached = BTreeSet::new();
            let mut next: Vec<_> = uses[file].iter().collect();
            while let Some(other) = next.pop() {
                if reached.insert(other) {
                    next.extend(uses.get(other).into_iter().flatten());
                }
            }
            (file, reached)
        })
        .collect();
    let groups: BTreeSet<Vec<String>> = reached
        .iter()
        .filter(|(file, others)| others.contains(*file))
        .map(|(file, others)| {
            let back = |other: &&&String| reached[**other].contains(*file);
            others
                .iter()
                .filter(back)
                .map(|other| (*other).clone())
                .collect()
        })
        .collect();
    groups.into_iter().collect()
}

fn module(file: &Path) -> Module {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inside = file.strip_prefix(root).unwrap().with_extension("");
    let mut module: Module = inside
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    module.pop_if(|last| last == "mod");
    module
}

/// Words that stand before the name of an item.
const DEFINES: &[&str] = &["fn", "struct", "enum", "trait", "const", "static", "type"];
/// Re-exports of re-exports at most.
const LONGEST_CHAIN: usize = 8;
