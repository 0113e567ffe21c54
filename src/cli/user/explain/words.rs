//! One person, in words.

use std::borrow::Cow;

use crate::admin::explain::Explained;
use crate::cli::output::json_lines;
use crate::cli::output::printable;
use crate::cli::output::rows;
use crate::cli::provisioning_log;
use crate::cli::session;
use crate::cli::user::one::tied;
use crate::session::Expected;

/// The whole text: first what would happen, then why.
pub(super) fn text(explained: &Explained) -> String {
    let mut text = verdict(explained);
    section(&mut text, "Last sign-on", &last_sign_on(explained));
    section(&mut text, "Provisioned", &provisioned(explained));
    section(&mut text, "Link", &link(explained));
    section(&mut text, "Groups", &groups(explained));
    let sessions = session::lines(&explained.sessions, "none\n");
    section(&mut text, "Sessions", &sessions);
    let targets = explained.targets();
    if !targets.is_empty() {
        section(
            &mut text,
            "Sign-ons that begin at Entra",
            &relay_state(&targets),
        );
    }
    let told = provisioning_log::interleaved(&explained.log, &explained.events);
    let told = match told.as_str() {
        "" => "nothing\n",
        told => told,
    };
    section(&mut text, "Log and events", told);
    text
}

/// Says where a tile leads, and what becomes of another Relay State.
fn relay_state(targets: &[&str]) -> String {
    format!(
        "lead to {}. In Entra, Single sign-on > Basic SAML Configuration > Relay State may be one of these, as a path or as a full address of the site. Any other is overlooked, and the server's log says why (relay-state-not-listed, relay-state-elsewhere): list it by --relay-state-target\n",
        printable(&targets.join(", "))
    )
}

fn section(text: &mut String, title: &str, body: &str) {
    text.push_str(&format!("\n{title}:\n"));
    for line in body.lines() {
        text.push_str(&format!("  {line}\n"));
    }
}

fn verdict(explained: &Explained) -> String {
    let name = printable(&explained.name);
    let connection = explained.connection.id();
    let now = match &explained.last {
        Some(_) => "With the claims of the last sign-on",
        None => "With the claims that Entra sends by default (no sign-on of theirs is remembered)",
    };
    let user = |user: &crate::directory::UserRecord| {
        let record = user.record();
        let name = record.resource.user_name().unwrap_or(&record.id);
        format!("{} ({})", printable(name), record.id)
    };
    let outcome = match &explained.expected {
        Expected::LetInAsNobody => {
            "would be let in: the identity provider alone decides, since nobody is provisioned"
                .to_owned()
        }
        Expected::LetIn(one) => format!("would be let in as {}", user(one)),
        Expected::LetInAsNew(one) => {
            let name = one.record().resource.user_name().unwrap_or_default();
            format!("would be let in as a new user, {}", printable(name))
        }
        Expected::Reauthenticate(one) => format!(
            "would be asked to prove anew who they are, since their groups have changed, and then be let in as {}",
            user(one)
        ),
        _ => "would be refused".to_owned(),
    };
    let mut text = format!("{now}, {name} {outcome}, over {connection}.\n");
    if let (Some(denial), Some(remedy)) = (explained.denial(), explained.remedy()) {
        let code = denial.code();
        text.push_str(&format!("Why: {denial} [{code}]\nRemedy: {remedy}\n"));
    }
    text
}

fn last_sign_on(explained: &Explained) -> String {
    let Some(last) = &explained.last else {
        return "none that is remembered\n".to_owned();
    };
    let outcome = match &last.refused {
        None => "let in".to_owned(),
        Some(code) => format!("refused [{code}]"),
    };
    let name_id = &last.claims.name_id;
    let format = name_id.format.as_deref().unwrap_or("unspecified");
    let mut lines: Vec<(&str, Cow<'_, str>)> = vec![
        ("At", provisioning_log::time(last.at).into()),
        ("Outcome", outcome.into()),
        ("Issuer", last.claims.issuer.as_str().into()),
        ("NameID", format!("{} ({format})", name_id.value).into()),
    ];
    for claim in last.claims.attributes.iter() {
        lines.push((&claim.name, claim.values.join(", ").into()));
    }
    rows(0, lines)
}

fn provisioned(explained: &Explained) -> String {
    let (Some(user), Some(document)) = (&explained.user, &explained.document) else {
        return "nobody\n".to_owned();
    };
    let active = match user.record().resource.is_active() {
        true => "yes",
        false => "no",
    };
    let explained = [
        ("Origin", user.origin.name().into()),
        ("Active", active.into()),
    ];
    rows(0, explained) + &json_lines(document)
}

fn link(explained: &Explained) -> String {
    let compared = &explained.compared;
    let provisioned = explained.provisioned().join(", ");
    let provisioned = match provisioned.as_str() {
        "" => "(none)".to_owned(),
        values => values.to_owned(),
    };
    let agree = match (explained.agree(), compared.matching.len()) {
        (_, 2..) => "several users have it",
        (Some(true), _) => "yes",
        (Some(false), _) => "no",
        (None, _) => "one side is missing",
    };
    let assumed = match explained.last {
        Some(_) => "",
        None => " (assumed)",
    };
    let unknown = match compared.claimed {
        Some(_) => "an object id that nobody knows",
        None => "(none)",
    };
    let claimed = explained.claimed().unwrap_or(unknown);
    let tied = tied(
        explained.connection.sign_on().link_rule,
        explained.tied.as_ref(),
    );
    rows(
        0,
        [
            (
                "Rule",
                explained.connection.sign_on().link_rule.name().into(),
            ),
            (
                "Claimed",
                format!("{claimed}{assumed}, by {}", compared.claim).into(),
            ),
            (
                "Provisioned",
                format!("{provisioned}, in {}", compared.attribute).into(),
            ),
            ("Agree", agree.into()),
            ("Tied to", tied),
        ],
    )
}

fn groups(explained: &Explained) -> String {
    let groups = &explained.groups;
    let mut text = String::new();
    for group in &groups.provisioned {
        let name = group.display_name.as_deref().unwrap_or(&group.id);
        let external = group.external_id.as_deref().unwrap_or("no externalId");
        let claimed = match (group.claimed, groups.overage) {
            (true, _) => "provisioned and claimed",
            (false, true) => "provisioned",
            (false, false) => "provisioned only",
        };
        let line = format!("{name} ({external}): {claimed}");
        text.push_str(&format!("{}\n", printable(&line)));
    }
    for group in &groups.claimed_only {
        text.push_str(&format!("{}: claimed only\n", printable(group)));
    }
    for group in &groups.claimed_no_member {
        let line = format!(
            "{group}: claimed, but a group of the directory without this person: it counts for nothing"
        );
        text.push_str(&format!("{}\n", printable(&line)));
    }
    if groups.overage {
        text.push_str("The identity provider had too many to name them (groups.link): the directory alone tells.\n");
    }
    match text.is_empty() {
        true => "none on either side\n".to_owned(),
        false => text,
    }
}
