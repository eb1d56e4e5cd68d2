using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Encoders;
using EmbodiedRL.Benchmarks.Exploration;
using EmbodiedRL.Benchmarks.Learning;
using EmbodiedRL.Benchmarks.Methods;
using EmbodiedRL.Benchmarks.Physics;
using EmbodiedRL.Benchmarks.Pictures;
using EmbodiedRL.Benchmarks.Proofs;
using EmbodiedRL.Benchmarks.Reasoning;
using EmbodiedRL.Benchmarks.Recipes;
using EmbodiedRL.Benchmarks.RewardComparison;
using EmbodiedRL.Benchmarks.Stacks;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Benchmarks;

/// <summary><c>bench</c>: the table of contents of what can be measured and proven.</summary>
/// <param name="benches">One for each NAME, in the order that help shows them.</param>
internal sealed class BenchCommand(params IReadOnlyList<ICommand> benches) : ICommand
{
    public const string Verb = "bench";

    /// <summary>Proofs, each named after its method in the catalog; <c>bench proofs</c> runs them all.</summary>
    public static IReadOnlyList<ICommand> Proofs { get; } =
    [
        new VisualPerceptionProof(),
        new DetectionRewardProof(),
        new CaptionReasonerProof(),
        new InspectionProof(),
        new RetrievalProof(),
        new QualityScoreProof(),
        new DynamicIouProof(),
        new MixedAnswerProof(),
        new CurriculumProof(),
        new CriterionDetectionProof(),
        new FollowUpProof(),
        new BehaviorAlignmentProof(),
        new ExplorationGuidedProof(),
        new PerceptualStepsProof(RunServices.Shipped),
        new ClipDeltaProof(),
        new PreferenceAsRewardProof(),
        new ListenerProof(),
        new GlobalEpisodicProof(),
        new GoalBaselineProof(RunServices.Shipped),
        new SubgoalTerminationProof(),
        new HarmonicMeanProof(),
        new RouteProgressProof(),
        new SignedGeometricMeanProof(),
        new LogicalAndProof(),
        new GroupFlipProof(),
        new ProgressAttributionProof(),
        new StarcProof(),
        new DecisionHierarchyProof(),
        new PerceptionLossProof(),
        new FocusPreferenceProof(),
        new WindowedReinforceProof(),
        new CrossViewVotingProof(),
        new TrustThinkingProof(),
        new DetectionMapProof(),
        new StableReinforceProof(),
        new SelectiveSampleBufferProof(),
        new ExemplarComparisonProof(),
        new BrierCalibrationProof(),
        new ToolCallProof(),
    ];

    public static BenchCommand Shipped { get; } = new(
    [
        new SimulationBench(), new RenderBench(), new ModelsBench(), new LearningBench(), new ReasoningBench(),
        new DistillBench(RunServices.Shipped), new RewardsBench(RunServices.Shipped), new VlmRmBench(RunServices.Shipped),
        new ExplorationBench(), new RewardStackBench(RunServices.Shipped),
        new MalformedBench(), new ProofsBench(Proofs), new MethodsBench(), .. Proofs,
    ]);

    public Command Build(CommandServices services)
    {
        var command = new Command(Verb,
            "Measure this framework against a reference in the same run, or try whether a method does what its paper says.\n\n"
            + "Both sides take turns, and medians are compared. Other work on the machine shows: the load is reported.\n\n"
            + "Example: ./embodied bench simulation --json simulation.json\nExample: ./embodied bench S46");
        foreach (ICommand bench in benches) command.Add(bench.Build(services));
        return command;
    }
}
