using System.CommandLine;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>demos</c>: what files of demonstrations hold.</summary>
public sealed class DemosCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services) =>
        new("demos",
            "Say what a file of recorded episodes holds.\n\nExample: ./embodied demos columns\n"
                + "Example: ./embodied demos show swing-ups.parquet")
        {
            Columns(services), Show(services)
        };

    private static Command Columns(CommandServices services)
    {
        Option<bool> json = SharedOptions.Json();
        var command = new Command("columns",
            "Name the columns of every such file and what they mean.\n\nExample: ./embodied demos columns") { json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json))
            {
                services.Output.Write(RunJson.Of(DemonstrationColumns.All));
                return ExitCode.Done;
            }

            services.Output.WriteLine("A Parquet file, one row a step, one row group an episode. Its metadata hold a JSON document under "
                + $"'{DemonstrationHeader.Key}':");
            services.Output.WriteLine("environment, settings, the model file that these name, seed, policy, versions, and the fields that "
                + "lists are made of.");
            services.Output.WriteLine();
            TextTable.Write(services.Output, "",
                [
                    ["column", "type", "meaning"],
                    .. DemonstrationColumns.All.Select(column => new[] { column.Name, column.Type, column.Meaning })
                ]);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(CommandServices services)
    {
        var file = new Argument<string>("file") { Description = "A Parquet file of ./embodied record." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("show",
            "Read a whole file, compare its episodes with their hashes, and show what it says of itself: environment, who acted, fields, "
                + "versions.\n\nExample: ./embodied demos show swing-ups.parquet")
        {
            file, json
        };
        command.SetAction(async (parsed, _) =>
        {
            DemonstrationHeader header = await DemonstrationFile.VerifyAsync(parsed.GetRequiredValue(file), services.Cancel);
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(header));
            else Write(services.Output, header);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(TextWriter output, DemonstrationHeader header) => TextTable.Write(output, "",
    [
        ["Environment", header.Environment],
        ["Acted", header.Policy],
        ["Episodes", FormattableString.Invariant($"{header.Episodes}, {header.Steps} steps of {header.ControlTimestep} s")],
        ["Seed", FormattableString.Invariant($"{header.Seed}, starts {header.Start}")],
        ["Observation", Fields(header.Observation)],
        ["Action", header.Choices > 0 ? $"{header.Choices} choices" : Fields(header.Action)],
        ["State", Fields(header.State)],
        ["Reward terms", string.Join(", ", header.RewardTerms)],
        .. header.Model is { } model
            ? [["Model", $"{model.File}, {(model.IsWhole ? "kept here" : $"was in {model.Folder}")}, {model.Hash}"]]
            : Array.Empty<string[]>(),
        ["Frames", header.FrameSize > 0 ? $"{header.FrameSize} pixels a side, camera {header.Camera}" : "none"],
        [
            "Read",
            header.Digests.Count > 0 && header.Digests.Count == header.Episodes
                ? "all of it; every episode fits its hash"
                : "all of it; it has no hashes of its episodes"
        ],
        .. header.Versions.Select(version => new[] { version.Key, version.Value }),
    ]);

    private static string Fields(IEnumerable<DemonstrationField> fields) =>
        string.Join(", ", fields.Select(field => field.Length == 1 ? field.Name : $"{field.Name} [{field.Length}]"));
}
