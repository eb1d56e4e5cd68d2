namespace EmbodiedRL.Training.Commands;

/// <summary>The table of contents: one line per verb, in the order that help shows them.</summary>
public static class Catalog
{
    /// <summary>All verbs.</summary>
    public static IReadOnlyList<ICommand> All { get; } =
    [
        new DemoCommand(Stations.Shipped),
        new TrainCommand(Stations.Shipped),
        new ResumeCommand(Stations.Shipped),
        new EvaluateCommand(Stations.Shipped),
        new RenderCommand(Stations.Shipped),
        new ViewCommand(Stations.Shipped),
        new ScoreCommand(Stations.Shipped),
        new ModelsCommand(Stations.Shipped),
        new EnvsCommand(Stations.Shipped),
        new SimulateCommand(),
        new DoctorCommand(Stations.Shipped),
    ];
}
