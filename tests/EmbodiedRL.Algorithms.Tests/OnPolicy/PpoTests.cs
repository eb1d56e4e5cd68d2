using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Algorithms.Tests.OnPolicy;

[NoTensorLeaks]
public sealed class PpoTests
{
    [Fact]
    public void Every_setting_out_of_range_is_named()
    {
        var error = Assert.Throws<SettingsException>(() => new Ppo(new PpoOptions
        {
            LearningRate = 0,
            Horizon = 0,
            Epochs = 0,
            Minibatch = -1,
            Gamma = 1.5f,
            Lambda = -1,
            Clip = 1,
            ValueClip = -1,
            Entropy = float.NaN,
            ValueCoefficient = -1,
            MaxGradientNorm = 0,
            HiddenSizes = [64, 0],
            LogStd = 100,
        }, FastEnv.Describe(), 1));
        Assert.Equal(13, error.Violations.Count);
        Assert.Contains("gamma: expected 0 to 1, found 1.5.", error.Violations);
    }

    [Fact]
    public void The_catalog_makes_it_by_name()
    {
        using IControlAlgorithm algorithm = AlgorithmCatalog.Shipped.Create("ppo", null, new AlgorithmContext(FastEnv.Describe(), 1));
        Assert.IsType<Ppo>(algorithm);
        Assert.Throws<UnknownNameException>(() => AlgorithmCatalog.Shipped.Find("pppo"));
        Assert.Throws<SpecMismatchException>(() =>
            AlgorithmCatalog.Shipped.Create("ppo", new NoOptions(), new AlgorithmContext(FastEnv.Describe(), 1)));
    }

    [Fact]
    public void Every_algorithm_has_a_line_in_the_catalog() => Assert.Equal(
        typeof(Ppo).Assembly.GetTypes()
            .Count(type => type is { IsClass: true, IsPublic: true } && type.IsAssignableTo(typeof(IControlAlgorithm))),
        AlgorithmCatalog.Shipped.Names.Count);

    [Fact]
    public void It_reports_what_people_watch()
    {
        using var run = new FastRun(new Ppo(ContinuousPpoContract.Small, FastEnv.Describe(), 1), 8, discrete: false);
        run.Train(1);
        Assert.Superset(new HashSet<string>
        {
            "train/policy-loss", "train/value-loss", "train/entropy", "train/kl", "train/clip-fraction",
            "train/explained-variance", "train/gradient-norm", "train/log-std", "train/learning-rate",
        }, run.Metrics.Values.Keys.ToHashSet());
    }

    [Fact]
    public void The_learning_rate_falls_to_the_end_of_the_run_if_so_set()
    {
        PpoOptions settings = ContinuousPpoContract.Small with { LearningRate = 0.004, Anneal = true };
        using var run = new FastRun(new Ppo(settings, FastEnv.Describe(), 1), 4, discrete: false);
        run.Play();
        run.Algorithm.Update(run.Batch, run.Batch.TaskRewards, new RunProgress(3, 4, 0.75), run.Metrics);
        Assert.Equal(0.001, run.Metrics["train/learning-rate"], 1e-9);
    }

    [Fact]
    public void A_rollout_of_another_size_and_a_ragged_last_minibatch_are_taken()
    {
        using var agent = new Ppo(ContinuousPpoContract.Small with { Horizon = 7, Minibatch = 10 }, FastEnv.Describe(), 1);
        foreach (int count in new[] { 3, 5, 1 })
        {
            // Each run would dispose the agent: it is lent to three.
            var run = new FastRun(agent, count, discrete: false);
            run.Train(1);
            Assert.True(run.Metrics["train/gradient-norm"] > 0);
        }
    }

    [Fact]
    public void A_gradient_that_explodes_is_named()
    {
        using var run = new FastRun(new Ppo(ContinuousPpoContract.Small, FastEnv.Describe(), 1), 4, discrete: false);
        run.Play();
        Array.Fill(run.Batch.TaskRewards, 1e30f);
        var error = Assert.Throws<NonFiniteException>(() => run.Algorithm.Update(run.Batch, run.Batch.TaskRewards, default, run.Metrics));
        Assert.Contains("update 0, epoch 0", error.Message, StringComparison.Ordinal);
    }
}
