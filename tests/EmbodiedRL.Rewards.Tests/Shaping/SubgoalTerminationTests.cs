using System.Globalization;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Shaping;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Transforms.Steps;

namespace EmbodiedRL.Rewards.Tests.Shaping;

public sealed class SubgoalTerminationContract : RewardContract
{
    protected override IReward Create() => new SubgoalTerminationShaping("subgoals",
        new() { Subgoals = ["a point on the right", "a point moving fast"], Pays = [1, 0.5f] }, SubgoalTerminationTests.Info);
}

public sealed class AskedSubgoalContract : RewardContract
{
    protected override IReward Create() => new SubgoalTerminationShaping("subgoals", SubgoalTerminationTests.Asking());
}

public sealed class SubgoalTerminationTests
{
    internal static readonly EnvironmentInfo Info = FastEnv.Describe() with
    {
        Subjects = [new Subject("point", ["a point", "the point"])],
        Facts =
        [
            new Fact("right", "point", ["on the right"], ["to the right"], state => state[0] > 0.5f ? 1 : 0),
            new Fact("fast", "point", ["moving fast"], ["speeding"], state => state[1] > 0.5f ? 1 : 0),
        ],
    };

    private static readonly string[] Both = ["a point on the right", "a point moving fast"];

    /// <summary>Right at steps 1 and 3, fast at step 3 of the first episode; both at once in the second.</summary>
    [Fact]
    public async Task Each_subgoal_pays_where_it_becomes_true_once_per_episode()
    {
        TrajectoryBatch batch = At(["-----x--"], [0, 1, 0, 1, 1, 0, 1, 1], [0, 0, 0, 1, 1, 1, 1, 0]).Single();
        using var reward = new SubgoalTerminationShaping("subgoals", new() { Subgoals = Both, Pays = [1, 0.25f] }, Info);
        AssertNear([0, 1, 0, 0.25f, 0, 0, 1.25f, 0], await Score(reward, batch));
    }

    /// <summary>The pitfall: dropping and picking up again is paid every time by the plain formula, and once here.</summary>
    [Fact]
    public async Task Undoing_and_redoing_a_subgoal_pays_nothing_more()
    {
        TrajectoryBatch batch = At(["--------"], [1, 0, 1, 0, 1, 0, 1, 0], new float[8]).Single();
        using var reward = new SubgoalTerminationShaping("subgoals", new() { Subgoals = Both[..1] }, Info);
        using var plain = new SubgoalTerminationShaping("subgoals", new() { Subgoals = Both[..1], Repeat = true }, Info);
        AssertNear([1, 0, 0, 0, 0, 0, 0, 0], await Score(reward, batch));
        AssertNear([1, 0, 1, 0, 1, 0, 1, 0], await Score(plain, batch));
    }

    [Fact]
    public async Task What_an_episode_was_paid_for_is_known_in_the_next_rollout_and_after_a_resumption()
    {
        TrajectoryBatch[] parts = [.. At(["--", "--"], [1, 0, 0, 0], new float[4]).Concat(At(["--", "x-"], [0, 1, 1, 1], new float[4]))];
        using var reward = new SubgoalTerminationShaping("subgoals", new() { Subgoals = Both[..1] }, Info);
        using var resumed = new SubgoalTerminationShaping("subgoals", new() { Subgoals = Both[..1] }, Info);
        AssertNear([1, 0, 0, 0], await Score(reward, parts[0]));
        var snapshot = new Snapshot();
        reward.Save(snapshot);
        resumed.Load(snapshot);
        AssertNear([0, 1, 0, 1], await Score(resumed, parts[1]));      // the first environment was paid, the second was not
        AssertNear([0, 1, 1, 1], await Score(reward, parts[1], frozen: true));
        AssertNear([0, 1, 0, 1], await Score(reward, parts[1]));
    }

    [Fact]
    public void Sentences_that_say_nothing_of_the_environment_are_refused_by_name()
    {
        var error = Assert.Throws<SettingsException>(
            () => new FactAnnotator(Info, ["a point on the right", "purple rain", "a point on a line"]));
        Assert.Equal(2, error.Violations.Count);
        Assert.Contains("subgoals:1", error.Violations[0], StringComparison.Ordinal);
        Assert.NotEmpty(new SubgoalTerminationOptions().Violations());
        Assert.Contains("pays", Assert.Single(new SubgoalTerminationOptions { Subgoals = Both, Pays = [1] }.Violations()),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_asked_once_for_each_text()
    {
        using TextAnnotator annotator = Asking(), resumed = Asking();
        TrajectoryBatch batch = At(["----"], [0, 1, 0, 1], new float[4]).Single();
        bool[] achieved = new bool[4];
        await annotator.AnnotateAsync(batch, achieved, NoiseBatches.Context(frozen: true));
        await annotator.AnnotateAsync(batch, achieved, NoiseBatches.Context());
        await annotator.AnnotateAsync(batch, achieved, NoiseBatches.Context());
        Assert.Equal([false, true, false, true], achieved);
        Assert.Equal(4, annotator.Questions); // two texts, whose answers the frozen call did not keep
        var snapshot = new Snapshot();
        annotator.Save(snapshot);
        resumed.Load(snapshot);
        await resumed.AnnotateAsync(batch, achieved, NoiseBatches.Context());
        Assert.Equal(0, resumed.Questions);
        Assert.Equal([false, true, false, true], achieved);
    }

    [Fact]
    public async Task An_answer_about_another_number_of_subgoals_is_refused()
    {
        using var annotator = new TextAnnotator(["one", "two"], BatchFields.States, (_, row) => $"{row}", (_, _, _) => new([true]));
        await Assert.ThrowsAsync<SpecMismatchException>(async () => await annotator.AnnotateAsync(At(["-"], [0], [0]).Single(), new bool[2],
            NoiseBatches.Context()));
    }

    /// <summary>3 of 4 said are right, 3 of 5 achieved are said: P 3/4, R 3/5, F1 2/3.</summary>
    [Fact]
    public void Quality_is_precision_recall_and_their_harmonic_mean()
    {
        bool[] said = [true, true, true, true, false, false, false], labels = [true, true, true, false, true, true, false];
        AnnotationQuality quality = AnnotationQuality.Of(said, labels);
        Assert.Equal((0.75, 0.6), (quality.Precision, quality.Recall));
        Assert.Equal(2.0 / 3, quality.F1, 1e-12);
        Assert.Equal(1, AnnotationQuality.Of(labels, labels).F1);
        Assert.Equal(0, AnnotationQuality.Of([true, false], [false, true]).F1);
        Assert.True(double.IsNaN(AnnotationQuality.Of([false], [true]).F1));
    }

    /// <summary>A scripted model: right of the middle is achieved.</summary>
    internal static TextAnnotator Asking() => new(["on the right"], BatchFields.States,
        (batch, row) => batch.States[row * 2].ToString("0.0", CultureInfo.InvariantCulture),
        (text, subgoals, _) => new(subgoals.Select(_ => float.Parse(text, CultureInfo.InvariantCulture) > 0.5f).ToArray()));

    /// <summary>Rollouts whose states are given, as [T, N].</summary>
    private static IEnumerable<TrajectoryBatch> At(string[] environments, float[] positions, float[] velocities)
    {
        foreach (TrajectoryBatch batch in Of(environments))
        {
            for (int row = 0; row < batch.Rows; row++)
                (batch.States[row * 2], batch.States[(row * 2) + 1]) = (positions[row], velocities[row]);
            yield return batch;
        }
    }

    private static async Task<float[]> Score(SubgoalTerminationShaping reward, TrajectoryBatch batch, bool frozen = false)
    {
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, NoiseBatches.Context(frozen));
        return scores;
    }
}
