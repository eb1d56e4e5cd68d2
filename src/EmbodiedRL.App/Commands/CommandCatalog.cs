using EmbodiedRL.Training.Composition;
namespace EmbodiedRL.App.Commands;

/// <summary>The table of contents: one line per verb, in the order that help shows them.</summary>
public static class CommandCatalog
{
    /// <summary>All verbs, over what the project comes with.</summary>
    public static IReadOnlyList<ICommand> All { get; } = Of(RunServices.Shipped);

    /// <summary>All verbs over environments and models of one's own.</summary>
    public static IReadOnlyList<ICommand> Of(RunServices stations) =>
    [
        new DemoCommand(stations),
        new TrainCommand(stations),
        new ResumeCommand(stations),
        new EvaluateCommand(stations),
        new RenderCommand(stations),
        new ViewCommand(stations),
        new ScoreCommand(stations),
        new RecordCommand(stations),
        new ReplayCommand(stations),
        new DemosCommand(),
        new ModelsCommand(stations),
        new EnvsCommand(stations),
        PartsCommand.Rewards(stations),
        PartsCommand.Agents(stations),
        new SettingsCommand(stations),
        new SimulateCommand(),
        new DoctorCommand(stations),
    ];
}
