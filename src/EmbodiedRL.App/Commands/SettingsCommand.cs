using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>settings</c>: which settings there are, what they may be, what they are by default and what they mean.</summary>
/// <param name="runServices">Registered parts, whose options are settings too.</param>
public sealed class SettingsCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var section = new Argument<string?>("section")
        {
            Description = "Only settings whose path begins so, e.g. env or env:render.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var page = new Option<string>("--page") { Description = "Write the whole table as Markdown into this file instead." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("settings",
            "List all settings: path, values, default, meaning.\n\nExample: ./embodied settings agent\nExample: ./embodied settings --json")
        {
            section, page, json
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<SettingRow> rows = SettingsTable.Rows(DocumentationFiles.OfProgram, runServices);
            if (parsed.GetValue(page) is { } file) AtomicFile.WriteText(file, PageOf(rows, parsed.GetValue(section)));
            else
                Answer(services, [.. rows.Where(row => IsIn(row.Key, parsed.GetValue(section)))], rows,
                    parsed.GetValue(section), parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Answer(CommandServices services, SettingRow[] found, IReadOnlyList<SettingRow> all, string? section, bool asJson)
    {
        if (found.Length == 0) throw new UnknownNameException("setting", section!, all.SelectMany(row => Prefixes(row.Key)).Distinct());
        if (asJson) services.Output.Write(RunJson.Of(found));
        else
            TextTable.Write(services.Output, "",
                [
                    ["setting", "values", "default", "meaning"],
                    .. found.Select(row => new[] { row.Key, row.Values, Short(row.Default), row.Meaning })
                ]);
    }

    private static string PageOf(IReadOnlyList<SettingRow> rows, string? section)
    {
        if (section is not null)
            throw new SettingsException("settings", ["--page: expected no section beside it, since the page holds all of them."]);
        return rows.Any(row => row.Meaning.Length > 0) ? SettingsPage.Of(rows)
            : throw new SettingsException("settings",
                ["--page: expected the program in a checkout, since the comments of its source are not in its package."]);
    }

    private static bool IsIn(string key, string? section) =>
        section is null || key.Equals(section, StringComparison.OrdinalIgnoreCase)
            || key.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Prefixes(string key)
    {
        for (int end = key.IndexOf(':', StringComparison.Ordinal); end >= 0; end = key.IndexOf(':', end + 1)) yield return key[..end];
        yield return key;
    }

    // Whole lists of objects are told by the page.
    private static string Short(string value) => value.Length <= 40 ? value : "...";
}
