//! Why a pod finds no node, by the nodes themselves: what the scheduler only counts is named.
//!
//! Words only where they bear the scheduler out. Where a node passes all tests that are known here, something else is
//! why, or one of both is not read yet: then the scheduler's message stands alone.

use super::Words;
use super::unplaced::{NOT_READY, Stage, furthest, why_no_node};
use crate::domain::listed;
use crate::domain::placement::{Obstacle, Wants, demand, obstacles};
use crate::domain::row::NodeRow;

/// Nodes or taints that are named; more are counted.
const NAMED: usize = 2;

/// Why a pod finds none of these nodes, by the scheduler's message and what the pod asks for.
pub(crate) fn why<'n>(message: &str, wants: &Wants<'_>, nodes: impl Iterator<Item = &'n NodeRow>) -> Words {
    let named = || match furthest(message)?.0 {
        stage @ (Stage::Unschedulable | Stage::Taints | Stage::Affinity) => refused(stage, wants, nodes),
        Stage::Resources => too_small(wants, nodes),
        _ => None,
    };
    named().map_or_else(|| why_no_node(message), Words::sentence)
}

fn refused<'n>(stage: Stage, wants: &Wants<'_>, nodes: impl Iterator<Item = &'n NodeRow>) -> Option<Words> {
    let all: Vec<_> = nodes.map(|node| (node, obstacles(wants, node))).collect();
    if all.is_empty() && stage == Stage::Affinity {
        // The nodes may not be read: what is asked of them is known all the same.
        let (what, words) = demand(wants)?;
        return Some(Words::new(format!("no node fits {what} {words}"), &format!("no node fits its {what}")));
    }
    if all.is_empty() || all.iter().any(|(_, obstacles)| obstacles.is_empty()) {
        return None;
    }
    let unlike = |o: &Obstacle<'_>| matches!(o, Obstacle::Selector | Obstacle::Affinity);
    let (unlike, alike): (Vec<_>, Vec<_>) = all.iter().partition(|(_, obstacles)| obstacles.iter().any(unlike));
    if !unlike.is_empty() {
        let (what, words) = demand(wants)?;
        let first = alike.first().and_then(|(_, obstacles)| obstacles.first());
        let Some(first) = first else {
            let brief = format!("no node has {words}");
            let brief = if brief.len() <= super::BRIEF { brief } else { format!("no node fits its {what}") };
            return Some(Words::new(format!("{what} {words} matches no node"), &brief));
        };
        let each = alike.iter().map(|(node, obstacles)| {
            let why = obstacles.first().map_or_else(String::new, |o| adjective(o));
            format!("{} ({why})", node.name)
        });
        return Some(Words::new(format!("{what} {words} matches only {}", listed(each, NAMED)), brief(first)));
    }
    let cordoned: Vec<_> = all.iter().filter(|(_, o)| o.first() == Some(&Obstacle::Cordoned)).collect();
    match cordoned.as_slice() {
        [(only, _)] if all.len() == 1 => return Some(Words::plain(format!("{} is cordoned", only.name))),
        every if every.len() == all.len() => return Some(Words::plain("every node is cordoned")),
        _ if stage == Stage::Unschedulable => return None,
        _ => {}
    }
    let mut taints: Vec<String> = all.iter().filter_map(|(_, o)| o.first().map(adjective)).collect();
    taints.retain(|t| t != "cordoned");
    taints.sort();
    taints.dedup();
    // A node that is only cordoned would take it.
    let free = cordoned.iter().filter(|(_, o)| o.len() == 1).map(|(node, _)| &node.name);
    let free: Vec<_> = free.collect();
    let beside = if free.is_empty() { String::new() } else { format!(", {} cordoned", listed(free, NAMED)) };
    let verb = if taints.len() == 1 { "keeps it off" } else { "keep it off" };
    Some(match taints.as_slice() {
        [] => return None,
        [one] if one == "not ready" => Words::new(format!("nodes are not ready{beside}"), "nodes are not ready"),
        some => Words::new(format!("{} {verb}{beside}", listed(some, NAMED)), "taints keep it off"),
    })
}

/// What is said of a node behind its name.
fn adjective(obstacle: &Obstacle<'_>) -> String {
    match obstacle {
        Obstacle::Cordoned => "cordoned".to_owned(),
        Obstacle::Taint(taint) if NOT_READY.contains(&taint.key.as_str()) => "not ready".to_owned(),
        Obstacle::Taint(taint) => format!("taint {}", taint.words()),
        Obstacle::TooSmall => "too small".to_owned(),
        Obstacle::Selector | Obstacle::Affinity => "another".to_owned(),
    }
}

fn brief(obstacle: &Obstacle<'_>) -> &'static str {
    match obstacle {
        Obstacle::Cordoned => "its node is cordoned",
        Obstacle::Taint(taint) if NOT_READY.contains(&taint.key.as_str()) => "its node is not ready",
        Obstacle::Taint(_) => "a taint keeps it off",
        _ => "no node fits",
    }
}

/// It asks for more than the largest node has in all.
fn too_small<'n>(wants: &Wants<'_>, nodes: impl Iterator<Item = &'n NodeRow>) -> Option<Words> {
    let (cpu, memory) = nodes.fold((None, None), |(cpu, memory), n| (n.cpu.max(cpu), n.memory.max(memory)));
    let asked = wants.resources;
    let cpus = |m: u64| if m.is_multiple_of(1000) { (m / 1000).to_string() } else { format!("{m}m") };
    let more = |asked: Option<u64>, largest: Option<u64>| asked.zip(largest).filter(|(asked, has)| asked > has);
    if let Some((asked, has)) = more(asked.cpu_request, cpu) {
        let words = format!("asks for cpu {}, the largest node has {}", cpus(asked), cpus(has));
        return Some(Words::new(words, "no node has the cpu"));
    }
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let (asked, has) = more(asked.memory_request, memory)?;
    let words = format!("asks for {} of memory, the largest node has {}", mib(asked), mib(has));
    Some(Words::new(words, "no node has the memory"))
}
