//! `aduana invoices`: what was stored.

mod set_aside;
mod stored;

use std::collections::HashMap;

use aduana_cases::body;
use aduana_cases::slots::{SLOTS, slotted};
use aduana_invoice::{Date, Fingerprint, InvoiceKey};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use self::stored::{Item, Stored, binary, number, text};
use crate::aws::{Account, read_the_table};
use crate::cli::{DAY, Invoices, InvoicesList, InvoicesShow, TableOrJson};
use crate::env;
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, said, tr};
use crate::terminal::{Terminal, properties, table};

/// Lists invoices, or shows one.
pub(crate) async fn run(command: &Invoices, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    match command {
        Invoices::List(args) => list(args, terminal).await,
        Invoices::Show(args) => show(args, terminal).await,
        Invoices::SetAside(args) => set_aside::run(args, terminal).await,
    }
}

async fn list(args: &InvoicesList, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let invoices = Table::open(Account::open(&args.stack).await?);
    let limit = args.limit.get();
    let lang = i18n::lang();
    // One more than asked for shows whether there are more.
    let mut rows = if args.set_aside {
        invoices.of_day("set-aside", limit + 1).await?
    } else if let Some(seller) = &args.seller {
        invoices.of_seller(seller, args.since, limit + 1).await?
    } else {
        let today = env::today();
        let from = args.day.or(args.since).unwrap_or(today);
        invoices.of_days(from, args.day.unwrap_or(today), limit + 1).await?
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    match args.output {
        TableOrJson::Json => rows.iter().try_for_each(|row| terminal.json(row))?,
        TableOrJson::Table if rows.is_empty() && args.set_aside => {
            terminal.remark(tr(lang, "no invoice was set aside\n", "no hay facturas apartadas\n"));
        }
        TableOrJson::Table if rows.is_empty() => {
            terminal.remark(tr(
                lang,
                "no invoice was stored then\n",
                "no se aceptó ninguna factura entonces\n",
            ));
        }
        TableOrJson::Table if args.set_aside => {
            let headings = tr(
                lang,
                ["set aside", "seller", "number", "by", "because", "fingerprint"],
                ["apartada", "vendedor", "número", "por", "motivo", "huella"],
            );
            terminal.print(&table(headings, rows.iter().map(Stored::row_aside)))?;
        }
        TableOrJson::Table => {
            let headings = tr(
                lang,
                ["stored", "seller", "number", "issued", "payable", "name", "warnings"],
                ["aceptada", "vendedor", "número", "emitida", "a pagar", "nombre", "advertencias"],
            );
            terminal.print(&table(headings, rows.iter().map(Stored::row)))?;
        }
    }
    if more {
        let en = format!("there are more than {limit}: see them by --limit\n");
        terminal.remark(&tr(lang, en, format!("hay más de {limit}: véalas con --limit\n")));
    }
    Ok(ExitStatus::Good)
}

async fn show(args: &InvoicesShow, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let invoices = Table::open(Account::open(&args.stack).await?);
    let found = invoices.find(&args.seller, &args.number).await?;
    let item = match &args.set_aside {
        None => invoices.unless_set_aside(found)?,
        Some(fingerprint) => {
            let document = text(&found, "document").unwrap_or_default();
            invoices.get(&set_aside::beside(&args.seller, &document), fingerprint).await?
        }
    };
    if args.body {
        terminal.bytes(&invoices.body(&item).await?)?;
        return Ok(ExitStatus::Good);
    }
    let stored = Stored::from(&item);
    match args.output {
        TableOrJson::Json => terminal.json(&stored)?,
        TableOrJson::Table => terminal.print(&properties(stored.properties(i18n::lang())))?,
    }
    Ok(ExitStatus::Good)
}

/// The table of stored invoices.
struct Table {
    account: Account,
    name: String,
}

impl Table {
    fn open(account: Account) -> Self {
        let name = account.name("Invoices");
        Self { account, name }
    }

    /// The invoices stored from day to day, the newest first.
    async fn of_days(&self, from: Date, to: Date, most: usize) -> Result<Vec<Stored>, Failure> {
        let mut rows = Vec::new();
        let mut day = Some(to);
        while let Some(this) = day.filter(|day| *day >= from)
            && rows.len() < most
        {
            let value = this
                .format(DAY)
                .map_err(|error| Failure::to(said("write a day", "escribir un día")).because(error))?;
            rows.extend(self.of_day(&value, most.saturating_sub(rows.len())).await?);
            day = this.previous_day();
        }
        Ok(rows)
    }

    /// The invoices under a day of the index, the newest first, merged from its slots.
    async fn of_day(&self, day: &str, most: usize) -> Result<Vec<Stored>, Failure> {
        let reading = (0..SLOTS).map(async |slot| {
            let query = self
                .account
                .dynamodb
                .query()
                .index_name("by_day")
                .key_condition_expression("day_slot = :day")
                .expression_attribute_values(":day", AttributeValue::S(slotted(day, slot)))
                .scan_index_forward(false);
            let mut rows = Vec::new();
            self.collect(query, most, &mut rows).await?;
            Ok::<_, Failure>(rows)
        });
        let mut rows: Vec<Stored> = try_join_all(reading).await?.into_iter().flatten().collect();
        rows.sort_by(|one, other| other.stored_at().cmp(&one.stored_at()));
        rows.truncate(most);
        Ok(rows)
    }

    /// The invoices of a seller by number, those stored before `since` left out.
    async fn of_seller(
        &self,
        seller: &str,
        since: Option<Date>,
        most: usize,
    ) -> Result<Vec<Stored>, Failure> {
        let mut query = self
            .account
            .dynamodb
            .query()
            .key_condition_expression("seller = :seller")
            .expression_attribute_values(":seller", AttributeValue::S(seller.to_owned()));
        if let Some(since) = since {
            let since = since
                .format(DAY)
                .map_err(|error| Failure::to(said("write a day", "escribir un día")).because(error))?;
            query = query
                .filter_expression("stored_day >= :since")
                .expression_attribute_values(":since", AttributeValue::S(since));
        }
        let mut rows = Vec::new();
        self.collect(query, most, &mut rows).await?;
        Ok(rows)
    }

    async fn collect(
        &self,
        query: aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder,
        most: usize,
        rows: &mut Vec<Stored>,
    ) -> Result<(), Failure> {
        let mut items = query.table_name(&self.name).into_paginator().items().send();
        while rows.len() < most
            && let Some(item) = items.next().await
        {
            let item = item.map_err(|error| self.account.failed(&read_the_table(&self.name), &error))?;
            // Where an invoice was set aside is a mark, until another is stored there.
            if !item.contains_key("set_aside") {
                rows.push(Stored::from(&item));
            }
        }
        Ok(())
    }

    /// The one document of a number, or the document itself. A number may be that of an invoice and of a credit note, or of two years.
    async fn find(&self, seller: &str, number: &str) -> Result<Item, Failure> {
        let query = self
            .account
            .dynamodb
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("seller = :seller AND begins_with(document, :number)")
            .expression_attribute_values(":seller", AttributeValue::S(seller.to_owned()))
            .expression_attribute_values(":number", AttributeValue::S(InvoiceKey::documents_of(number)));
        let mut items = query.into_paginator().items().send();
        let mut found: Vec<(String, Item)> = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| self.account.failed(&read_the_table(&self.name), &error))?;
            let document = text(&item, "document").unwrap_or_default();
            // `A/invoice/2026` begins as the documents of the number `A` do, and so does `A/1/invoice/2026`.
            let is_of_it = InvoiceKey::documents_of(InvoiceKey::number_of(&document))
                == InvoiceKey::documents_of(number);
            if is_of_it {
                found.push((document, item));
            }
        }
        match found.pop() {
            None => self.get(seller, number).await,
            Some((_, item)) if found.is_empty() => Ok(item),
            Some((last, _)) => {
                let others = found.into_iter().map(|(document, _)| document);
                let documents: Vec<String> = others.chain([last]).collect();
                Err(Failure::to(said(
                    format!("find the invoice {number} of {seller}"),
                    format!("encontrar la factura {number} de {seller}"),
                ))
                .because(said(
                    format!("several documents have this number: {}", documents.join(", ")),
                    format!("varios documentos tienen este número: {}", documents.join(", ")),
                ))
                .help(said(
                    "give one of these in the place of the number",
                    "indique uno de ellos en lugar del número",
                )))
            }
        }
    }

    async fn get(&self, seller: &str, document: &str) -> Result<Item, Failure> {
        let key = key(seller, document);
        let reply =
            self.account.dynamodb.get_item().table_name(&self.name).set_key(Some(key)).consistent_read(true);
        let reply = reply.send().await;
        let reply = reply.map_err(|error| self.account.failed(&read_the_table(&self.name), &error))?;
        reply.item.ok_or_else(|| self.missing(seller, document))
    }

    /// The item, unless it is the mark that what was there was set aside.
    fn unless_set_aside(&self, found: Item) -> Result<Item, Failure> {
        if !found.contains_key("set_aside") {
            return Ok(found);
        }
        let get = |name| text(&found, name).unwrap_or_default();
        let missing = self.missing(&get("seller"), &get("document"));
        Err(missing.help(said(
            "one was set aside: `aduana invoices list --set-aside` shows it",
            "hay una apartada: `aduana invoices list --set-aside` la muestra",
        )))
    }

    fn missing(&self, seller: &str, document: &str) -> Failure {
        Failure::to(said(
            format!("find the invoice {document} of {seller}"),
            format!("encontrar la factura {document} de {seller}"),
        ))
        .help(said(
            "`aduana invoices list` shows how sellers and numbers are written",
            "`aduana invoices list` muestra cómo se escriben vendedores y números",
        ))
        .because(said(
            format!("{} holds no such invoice", self.name),
            format!("{} no tiene esa factura", self.name),
        ))
    }

    /// The exact bytes of an invoice, put together and checked against its fingerprint.
    async fn body(&self, item: &Item) -> Result<Vec<u8>, Failure> {
        let fingerprint = text(item, "fingerprint").unwrap_or_default();
        let failed = || {
            Failure::to(said(
                format!("read the body {fingerprint}"),
                format!("leer el documento {fingerprint}"),
            ))
        };
        let size = number(item, "body_size")
            .ok_or_else(|| failed().because(said("its size is not stored", "no consta su tamaño")))?;
        let parts = match (binary(item, "body"), number(item, "body_parts")) {
            (Some(body), _) => vec![body.to_vec()],
            (None, Some(parts)) => self.parts(&fingerprint, parts).await?,
            (None, None) => {
                return Err(failed().because(said("no body is stored", "no consta ningún documento")));
            }
        };
        let bytes = body::unpack(&parts, size).map_err(|error| failed().because(error.to_string()))?;
        if Fingerprint::of(&bytes).to_string() != fingerprint {
            return Err(failed().because(said(
                "what is stored is not what was received: the fingerprints differ",
                "lo guardado no es lo recibido: las huellas difieren",
            )));
        }
        Ok(bytes)
    }

    async fn parts(&self, fingerprint: &str, count: usize) -> Result<Vec<Vec<u8>>, Failure> {
        let mut parts = Vec::with_capacity(count.min(64));
        for part in 1..=count {
            let item = self.get(&format!("body:{fingerprint}"), &format!("{part:04}")).await?;
            let bytes = binary(&item, "body").map(<[u8]>::to_vec);
            parts.push(bytes.ok_or_else(|| {
                Failure::to(said(
                    format!("read part {part} of the body {fingerprint}"),
                    format!("leer la parte {part} del documento {fingerprint}"),
                ))
            })?);
        }
        Ok(parts)
    }
}

fn key(seller: &str, document: &str) -> HashMap<String, AttributeValue> {
    [("seller", seller), ("document", document)]
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())))
        .into()
}
