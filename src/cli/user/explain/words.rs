//! One person, in words.

use std::borrow::Cow;

use super::denial;
use super::facts::Facts;
use crate::cli::output::json_lines;
use crate::cli::output::printable;
use crate::cli::output::rows;
use crate::cli::provisioning_log;
use crate::cli::session;
use crate::cli::user::tied;
use crate::session::Expected;
use crate::site::mend;

/// The whole text: first what would happen, then why.
pub(super) fn text(facts: &Facts) -> String {
    let mut text = verdict(facts);
    section(&mut text, "Last sign-on", &last_sign_on(facts));
    section(&mut text, "Provisioned", &provisioned(facts));
    section(&mut text, "Link", &link(facts));
    section(&mut text, "Groups", &groups(facts));
    section(&mut text, "Sessions", &sessions(facts));
    let targets = facts.targets();
    if !targets.is_empty() {
        section(
            &mut text,
            "Sign-ons that begin at Entra",
            &relay_state(&targets),
        );
    }
    let told = provisioning_log::interleaved(&facts.log, &facts.events);
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

fn verdict(facts: &Facts) -> String {
    let name = printable(&facts.name);
    let connection = facts.connection.id();
    let now = match &facts.last {
        Some(_) => "With the claims of the last sign-on",
        None => "With the claims that Entra sends by default (no sign-on of theirs is remembered)",
    };
    let user = |user: &crate::directory::UserRecord| {
        let record = user.record();
        let name = record.resource.user_name().unwrap_or(&record.id);
        format!("{} ({})", printable(name), record.id)
    };
    let outcome = match &facts.expected {
        Expected::LetInAsNobody => {
            "would be let in: the identity provider alone decides, since nobody is provisioned"
                .to_owned()
        }
        Expected::LetIn(one) => format!("would be let in as {}", user(one)),
        Expected::LetInAsNew(one) => {
            let name = one.record().resource.user_name().unwrap_or_default();
            format!("would be let in as a new user, {}", printable(name))
        }
        Expected::ProveAnew(one) => format!(
            "would be asked to prove anew who they are, since their groups have changed, and then be let in as {}",
            user(one)
        ),
        _ => "would be refused".to_owned(),
    };
    let mut text = format!("{now}, {name} {outcome}, over {connection}.\n");
    if let Some(denial) = denial(&facts.expected) {
        let (code, mend) = (denial.code(), mend(denial.code()));
        text.push_str(&format!("Why: {denial} [{code}]\nMend: {mend}\n"));
    }
    text
}

fn last_sign_on(facts: &Facts) -> String {
    let Some(last) = &facts.last else {
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

fn provisioned(facts: &Facts) -> String {
    let (Some(user), Some(document)) = (&facts.user, &facts.document) else {
        return "nobody\n".to_owned();
    };
    let active = match user.record().resource.is_active() {
        true => "yes",
        false => "no",
    };
    let facts = [
        ("Origin", user.origin.name().into()),
        ("Active", active.into()),
    ];
    rows(0, facts) + &json_lines(document)
}

fn link(facts: &Facts) -> String {
    let compared = &facts.compared;
    let provisioned = facts.provisioned().join(", ");
    let provisioned = match provisioned.as_str() {
        "" => "(none)".to_owned(),
        values => values.to_owned(),
    };
    let agree = match (facts.agree(), compared.matching.len()) {
        (_, 2..) => "several users have it",
        (Some(true), _) => "yes",
        (Some(false), _) => "no",
        (None, _) => "one side is missing",
    };
    let assumed = match facts.last {
        Some(_) => "",
        None => " (assumed)",
    };
    let unknown = match compared.claimed {
        Some(_) => "an object id that nobody knows",
        None => "(none)",
    };
    let claimed = facts.claimed().unwrap_or(unknown);
    let tied = tied(facts.connection.link_rule(), facts.tied.as_ref());
    rows(
        0,
        [
            ("Rule", facts.connection.link_rule().name().into()),
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

fn groups(facts: &Facts) -> String {
    let groups = &facts.groups;
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

fn sessions(facts: &Facts) -> String {
    match facts.sessions.as_slice() {
        [] => "none\n".to_owned(),
        sessions => session::lines(sessions),
    }
}
