//! Where in a file's text each mutant belongs, and what stands there for it.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr};

use super::{Change, Genre, Refusal};

/// What is to be put into a text.
#[derive(Debug)]
pub(super) struct Found {
    /// In the order of the text: what is around others first, and what is put in before what it is put before.
    pub(super) nodes: Vec<Node>,
    pub(super) refused: BTreeMap<u32, Refusal>,
}

/// A part of the text that is changed.
#[derive(Debug)]
pub(super) struct Node {
    /// Empty where something is put in.
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
    pub(super) in_const_fn: bool,
}

/// How it is changed.
#[derive(Debug)]
pub(super) enum Kind {
    /// An expression is one of these, or itself.
    Expression(Vec<Arm>),
    /// An arm that has no condition gets one, which fails for this mutant.
    Condition(u32),
    /// A function returns one of these before its first statement, or goes on.
    Return(Vec<Arm>),
    /// The body of a function, which stays as it is around what is changed in it.
    Body,
}

/// What stands in the code's place for a mutant.
#[derive(Debug)]
pub(super) struct Arm {
    pub(super) number: u32,
    pub(super) text: String,
}

/// Looks for all `changes`.
pub(super) fn find(text: &str, changes: &[&Change]) -> syn::Result<Found> {
    let file = syn::parse_file(text)?;
    let mut finder = Finder {
        text,
        changes: BTreeMap::new(),
        nodes: Vec::new(),
        refused: BTreeMap::new(),
        in_constant: false,
        in_const_fn: false,
    };
    for change in changes {
        finder.changes.entry(change.start).or_default().push((*change).clone());
    }
    finder.visit_file(&file);
    let Finder { mut nodes, mut refused, changes, .. } = finder;
    refused.extend(changes.into_values().flatten().map(|change| (change.number, Refusal::NotFound)));
    let order = |node: &Node| (node.range.start, !node.range.is_empty(), usize::MAX - node.range.end);
    nodes.sort_by_key(order);
    Ok(Found { nodes, refused })
}

struct Finder<'t> {
    text: &'t str,
    /// Those that are not found yet, by where they begin.
    changes: BTreeMap<usize, Vec<Change>>,
    nodes: Vec<Node>,
    refused: BTreeMap<u32, Refusal>,
    in_constant: bool,
    in_const_fn: bool,
}

impl Finder<'_> {
    /// The changes of a genre that begin at `start`, which are found by that.
    fn found(&mut self, start: usize, genre: Genre) -> Vec<Change> {
        let Some(here) = self.changes.get_mut(&start) else { return Vec::new() };
        let (found, rest) = mem::take(here).into_iter().partition(|change| change.genre == genre);
        *here = rest;
        found
    }

    /// The same, but for those that no switch can be put before.
    fn take(&mut self, start: usize, genre: Genre) -> Vec<Change> {
        let found = self.found(start, genre);
        if !self.in_constant {
            return found;
        }
        self.refuse(&found, Refusal::Constant);
        Vec::new()
    }

    fn refuse(&mut self, changes: &[Change], refusal: Refusal) {
        self.refused.extend(changes.iter().map(|change| (change.number, refusal)));
    }

    fn add(&mut self, range: Range<usize>, kind: Kind) {
        self.nodes.push(Node { range, kind, in_const_fn: self.in_const_fn });
    }

    fn add_expression(&mut self, range: Range<usize>, arms: Vec<Arm>) {
        if !arms.is_empty() {
            self.add(range, Kind::Expression(arms));
        }
    }

    /// The expression `whole` with others in the place of its operator.
    fn add_operation(&mut self, whole: Range<usize>, operator: &Range<usize>, changes: Vec<Change>) {
        let arm = |change: Change| Arm {
            number: change.number,
            text: self.replaced(&whole, operator, &change.replacement),
        };
        let arms = changes.into_iter().map(arm).collect();
        self.add_expression(whole, arms);
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// The text of `whole` with `replacement` in the place of `part`.
    fn replaced(&self, whole: &Range<usize>, part: &Range<usize>, replacement: &str) -> String {
        let (before, after) = (self.slice(whole.start..part.start), self.slice(part.end..whole.end));
        format!("{before}{replacement}{after}")
    }

    /// What is within is made while it compiles.
    fn constant(&mut self, within: impl FnOnce(&mut Self)) {
        let before = mem::replace(&mut self.in_constant, true);
        within(self);
        self.in_constant = before;
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let before = (self.in_constant, self.in_const_fn);
        (self.in_constant, self.in_const_fn) = (false, signature.constness.is_some());
        self.add(bytes(block), Kind::Body);
        if let Some(first) = block.stmts.first() {
            let start = bytes(first).start;
            let (opaque, changes): (Vec<_>, Vec<_>) =
                self.take(start, Genre::FnValue).into_iter().partition(|change| change.is_opaque);
            self.refuse(&opaque, Refusal::Opaque);
            if !changes.is_empty() {
                self.add(start..start, Kind::Return(changes.into_iter().map(Arm::of).collect()));
            }
        }
        visit::visit_block(self, block);
        (self.in_constant, self.in_const_fn) = before;
    }

    /// Conditions that are joined by `&&`, at least one of them a `let`: none of the `&&` can be an `||`.
    fn let_chain(&mut self, expression: &Expr) {
        if let Expr::Binary(joined) = expression
            && matches!(joined.op, BinOp::And(_))
        {
            let changes = self.found(bytes(&joined.op).start, Genre::BinaryOperator);
            self.refuse(&changes, Refusal::NoRust);
            self.let_chain(&joined.left);
            self.let_chain(&joined.right);
        } else {
            self.visit_expr(expression);
        }
    }
}

impl Arm {
    fn of(change: Change) -> Self {
        Self { number: change.number, text: change.replacement }
    }
}

fn bytes(syntax: &impl Spanned) -> Range<usize> {
    syntax.span().byte_range()
}

/// Whether a condition has a `let` among those that it joins.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(joined) => has_let(&joined.left) || has_let(&joined.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(|finder| visit::visit_item_const(finder, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.constant(|finder| visit::visit_item_static(finder, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.constant(|finder| visit::visit_impl_item_const(finder, item));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.constant(|finder| visit::visit_trait_item_const(finder, item));
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.constant(|finder| visit::visit_item_enum(finder, item));
    }

    fn visit_type(&mut self, of: &'ast syn::Type) {
        self.constant(|finder| visit::visit_type(finder, of));
    }

    fn visit_pat(&mut self, pattern: &'ast syn::Pat) {
        self.constant(|finder| visit::visit_pat(finder, pattern));
    }

    fn visit_expr_const(&mut self, block: &'ast syn::ExprConst) {
        self.constant(|finder| visit::visit_expr_const(finder, block));
    }

    fn visit_expr_repeat(&mut self, array: &'ast syn::ExprRepeat) {
        self.visit_expr(&array.expr);
        self.constant(|finder| finder.visit_expr(&array.len));
    }

    /// One in a constant is called later.
    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let before = mem::replace(&mut self.in_constant, false);
        visit::visit_expr_closure(self, closure);
        self.in_constant = before;
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        if matches!(binary.op, BinOp::And(_)) && (has_let(&binary.left) || has_let(&binary.right)) {
            self.let_chain(&Expr::Binary(binary.clone()));
            return;
        }
        let (whole, operator) = (bytes(binary), bytes(&binary.op));
        let changes = self.take(operator.start, Genre::BinaryOperator);
        self.add_operation(whole, &operator, changes);
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let (whole, operator) = (bytes(unary), bytes(&unary.op));
        let changes = self.take(whole.start, Genre::UnaryOperator);
        self.add_operation(whole, &operator, changes);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        let whole = bytes(made);
        let mut arms = Vec::new();
        for pair in made.fields.pairs() {
            let field = bytes(pair.value());
            let end = pair.punct().map_or(field.end, |comma| bytes(comma).end);
            for change in self.take(field.start, Genre::StructField) {
                let text = self.replaced(&whole, &(field.start..end), &change.replacement);
                arms.push(Arm { number: change.number, text });
            }
        }
        self.add_expression(whole, arms);
        visit::visit_expr_struct(self, made);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let deleted = self.take(bytes(arm).start, Genre::MatchArm);
        if let syn::Pat::Guard(guarded) = &arm.pat {
            let condition = bytes(&guarded.guard);
            let mut arms: Vec<Arm> = deleted
                .into_iter()
                .map(|change| Arm { number: change.number, text: "false".to_owned() })
                .collect();
            arms.extend(self.take(condition.start, Genre::MatchArmGuard).into_iter().map(Arm::of));
            if has_let(&guarded.guard) {
                self.refused.extend(arms.iter().map(|arm| (arm.number, Refusal::NotFound)));
            } else {
                self.add_expression(condition, arms);
            }
            self.visit_pat(&guarded.pat);
            self.visit_expr(&guarded.guard);
        } else {
            let end = bytes(&arm.pat).end;
            for change in deleted {
                self.add(end..end, Kind::Condition(change.number));
            }
            self.visit_pat(&arm.pat);
        }
        self.visit_expr(&arm.body);
    }
}
