using EmbodiedRL.Training.Composition;
namespace EmbodiedRL.App.Commands;

/// <summary>The table of contents: one line per verb, in the order that help shows them.</summary>
public static class CommandCatalog
{
    /// <summary>All verbs, over what the project comes with.</summary>
    public static IReadOnlyList<ICommand> All { get; } = Of(RunServices.Shipped);

    /// <summary>All verbs over environments and models of one's own.</summary>
    public static IReadOnlyList<ICommand> Of(RunServices runServices) =>
    [
        new DemoCommand(runServices),
        new TrainCommand(runServices),
        new FinetuneCommand(runServices),
        new ResumeCommand(runServices),
        new EvaluateCommand(runServices),
        new RenderCommand(runServices),
        new ViewCommand(runServices),
        new ScoreCommand(runServices),
        new AskCommand(runServices),
        new RecordCommand(runServices),
        new ReplayCommand(runServices),
        new DemosCommand(),
        new ModelsCommand(runServices),
        new EnvsCommand(runServices),
        PartsCommand.Rewards(runServices),
        PartsCommand.Agents(runServices),
        new SettingsCommand(runServices),
        new SimulateCommand(),
        new DoctorCommand(runServices),
    ];
}
