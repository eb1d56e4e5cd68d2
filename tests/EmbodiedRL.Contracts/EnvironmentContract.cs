using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Contracts;

/// <summary>What every environment must obey. Inherit it, say how to make it, and all of this is tested.</summary>
public abstract class EnvironmentContract
{
    private const int Count = 3;

    /// <summary>N environments, stepped by so many threads.</summary>
    protected abstract IVectorEnvironment Create(int count, int workers);

    /// <summary>Whether a number of the observation changes with the state; few do not, e.g. a mass.</summary>
    protected virtual bool CanMove(FieldSpec field, int index) => true;

    [Fact]
    public void It_says_what_it_is()
    {
        using IVectorEnvironment environment = Create(1, 1);
        EnvironmentInfo info = environment.Info;
        Assert.NotEmpty(info.Summary);
        Assert.True(info.Scene.Cameras.Length >= 2, "A scene is to be seen from two sides at least.");
        Assert.All(info.Scene.Cameras, camera => Assert.NotEmpty(camera.Name));
        Assert.All(info.Scene.Geoms, geom => Assert.NotEmpty(geom.Name));
        Assert.Equal(info.Camera, info.Scene.Camera(info.Camera).Name);
        Assert.NotEmpty(info.Measures);
        Assert.Equal(info.Measures.Length, info.Measures.Select(measure => measure.Name).Distinct().Count());
        Assert.All(info.Measures, measure => Assert.NotEmpty(measure.Meaning));
        Assert.True(info.ControlTimestep > 0 && info.EpisodeSteps > 0);
    }

    [Fact]
    public void Its_default_goal_can_be_taken_apart_and_is_judged_by_a_measure_it_has()
    {
        using IVectorEnvironment environment = Create(1, 1);
        EnvironmentInfo info = environment.Info;
        var grammar = new CaptionGrammar(info);
        Caption goal = grammar.Parse(info.DefaultGoal)!;
        Assert.NotNull(goal);
        Assert.NotEmpty(goal.Measures);
        Assert.Subset(info.Measures.Select(measure => measure.Name).ToHashSet(), goal.Measures.ToHashSet());
        Assert.Empty(grammar.Parse(info.Baseline)?.Claims ?? []);
    }

    [Fact]
    public void Observations_and_states_follow_their_specs_and_every_number_moves()
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var play = new Play(environment);
        EnvironmentInfo info = environment.Info;
        float[] low = new float[info.Observations.Length], high = new float[info.Observations.Length];
        Array.Fill(low, float.PositiveInfinity);
        Array.Fill(high, float.NegativeInfinity);
        play.Reset(5);
        for (int step = 0; step < 200; step++)
        {
            play.Step();
            info.Observations.Validate(play.Buffer.Observations);
            info.State.Validate(play.Buffer.States);
            NonFiniteException.ThrowIfAny(play.Buffer.Poses, "poses");
            NonFiniteException.ThrowIfAny(play.Buffer.Rewards, "rewards");
            for (int i = 0; i < low.Length; i++)
            {
                low[i] = Math.Min(low[i], play.Buffer.Observations[i]);
                high[i] = Math.Max(high[i], play.Buffer.Observations[i]);
            }
        }

        int at = 0;
        foreach (FieldSpec field in info.Observations.Fields)
            for (int i = 0; i < field.Length; i++, at++) Assert.True(CanMove(field, i) == high[at] > low[at], $"{field.Name}[{i}] {(CanMove(field, i) ? "never moved" : "moved")}.");
    }

    [Fact]
    public void The_reward_is_the_sum_of_its_terms()
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var play = new Play(environment);
        int width = environment.Info.RewardTerms.Length;
        Assert.Equal(width, environment.Info.RewardTerms.Distinct().Count());
        play.Reset(6);
        for (int step = 0; step < 50; step++)
        {
            play.Step();
            for (int row = 0; row < Count; row++)
            {
                double sum = 0, size = 1;
                foreach (float term in play.Buffer.RewardTerms.AsSpan(row * width, width)) (sum, size) = (sum + term, size + Math.Abs(term));
                Assert.Equal(sum, play.Buffer.Rewards[row], 1e-6 * size);
            }
        }
    }

    [Fact]
    public void Equal_seeds_play_equal_episodes_whatever_the_number_of_threads()
    {
        using IVectorEnvironment one = Create(Count, 1), many = Create(Count, 3);
        Play first = new(one), second = new(many);
        first.Reset(7);
        second.Reset(7);
        for (int step = 0; step < 60; step++)
        {
            first.Step();
            second.Step();
            AssertEqual(first.Buffer, second.Buffer);
        }

        first.Reset(7);
        second.Reset(8);
        Assert.NotEqual(first.Buffer.States, second.Buffer.States);
    }

    [Fact]
    public void A_step_in_two_halves_is_the_same_step()
    {
        using IVectorEnvironment whole = Create(Count, 1), halved = Create(Count, 2);
        Play first = new(whole), second = new(halved);
        first.Reset(9);
        second.Reset(9);
        for (int step = 0; step < 40; step++)
        {
            first.Step();
            float[] handed = [.. first.Actions];
            halved.BeginStep(handed, second.Buffer);
            Array.Clear(handed); // they are copied: the caller may draw the next ones meanwhile
            halved.EndStep();
            AssertEqual(first.Buffer, second.Buffer);
        }
    }

    [Fact]
    public void An_environment_alone_plays_as_among_others()
    {
        using IVectorEnvironment many = Create(Count, 1), single = Create(1, 1);
        Play all = new(many), alone = new(single);
        all.Reset(3);
        alone.Reset(3);
        for (int step = 0; step < 30; step++)
        {
            all.Step();
            alone.Step(all.Actions[..many.Info.Actions.Length]);
            Assert.Equal(alone.Buffer.States, all.Buffer.States[..many.Info.State.Length]);
            Assert.Equal(alone.Buffer.Rewards[0], all.Buffer.Rewards[0]);
        }
    }

    [Fact]
    public void Starts_vary_between_environments_seeds_and_episodes()
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var play = new Play(environment);
        int width = environment.Info.State.Length;
        foreach (StartDistribution start in Enum.GetValues<StartDistribution>())
        {
            environment.Reset(1, start, play.Buffer);
            float[] before = [.. play.Buffer.States];
            Assert.NotEqual(before[..width], before[width..(2 * width)]);
            Assert.All(play.Buffer.Kinds, kind => Assert.Equal(StepKind.First, kind));
            environment.Reset(2, start, play.Buffer);
            Assert.NotEqual(before, play.Buffer.States);
        }
    }

    [Theory]
    [InlineData(StartDistribution.Task)]
    [InlineData(StartDistribution.WholeRange)]
    public void An_episode_ends_with_its_own_last_observation_and_the_next_one_begins_in_the_same_step(StartDistribution start)
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var play = new Play(environment);
        (int limit, int width) = (environment.Info.EpisodeSteps, environment.Info.Observations.Length);
        int[] age = new int[Count], ended = new int[Count];
        play.Reset(4, start);
        for (int step = 0; step <= limit; step++)
        {
            play.Step();
            for (int row = 0; row < Count; row++)
            {
                age[row]++;
                StepKind kind = play.Buffer.Kinds[row];
                if (kind == StepKind.Mid) Assert.True(age[row] < limit, "Time ran out, and the episode went on.");
                else Assert.True(kind == StepKind.Terminated || (kind == StepKind.Truncated && age[row] == limit), $"{kind} after {age[row]} steps.");
                if (!kind.Ends()) continue;
                (age[row], ended[row]) = (0, ended[row] + 1);
                Assert.False(play.Buffer.FinalObservations.AsSpan(row * width, width).SequenceEqual(play.Buffer.Observations.AsSpan(row * width, width)));
            }
        }

        Assert.All(ended, episodes => Assert.True(episodes > 0));
    }

    [Fact]
    public void A_snapshot_in_the_middle_of_an_episode_brings_it_back_bit_for_bit()
    {
        using IVectorEnvironment environment = Create(Count, 1), other = Create(Count, 2);
        Play play = new(environment), again = new(other);
        play.Reset(11);
        for (int step = 0; step < 25; step++) play.Step();
        var snapshot = new Snapshot();
        environment.Save(snapshot);
        other.Load(snapshot);
        for (int step = 0; step < environment.Info.EpisodeSteps; step++)
        {
            play.Step();
            again.Step(play.Actions);
            AssertEqual(play.Buffer, again.Buffer);
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var play = new Play(environment);
        play.Reset(1);
        for (int step = 0; step < 5; step++) play.Step();
        float[] actions = [.. play.Actions];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < environment.Info.EpisodeSteps + 5; step++) environment.Step(actions, play.Buffer);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void An_action_that_is_no_number_is_refused_before_anything_moves(float value)
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var play = new Play(environment);
        play.Reset(1);
        float[] before = [.. play.Buffer.States], actions = new float[play.Actions.Length];
        actions[^1] = value;
        Assert.Contains("action", Assert.Throws<NonFiniteException>(() => environment.Step(actions, play.Buffer)).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<SpecMismatchException>(() => environment.Step(actions.AsSpan(1), play.Buffer));
        Assert.Equal(before, play.Buffer.States);
    }

    [Fact]
    public void Actions_beyond_their_bounds_count_as_the_bounds()
    {
        using IVectorEnvironment environment = Create(Count, 1), other = Create(Count, 1);
        Play play = new(environment), tame = new(other);
        play.Reset(2);
        tame.Reset(2);
        float[] wild = [.. Enumerable.Repeat(100f, play.Actions.Length)];
        float[] bounds = [.. Enumerable.Repeat(environment.Info.Actions.Vector.Fields.SelectMany(field => Enumerable.Repeat(field.Maximum, field.Length)), Count).SelectMany(row => row)];
        environment.Step(wild, play.Buffer);
        other.Step(bounds, tame.Buffer);
        AssertEqual(play.Buffer, tame.Buffer);
    }

    [Fact]
    public void Facts_are_graded_and_drawn_states_show_the_true_and_the_untrue_of_each()
    {
        using IVectorEnvironment environment = Create(64, 1);
        EnvironmentInfo info = environment.Info;
        var buffer = new StepBuffer(64, info);
        float[] states = [.. Enumerable.Range(0, 16).SelectMany(draw =>
        {
            environment.Place(1, draw, StateSource.Uniform, buffer);
            return buffer.States.ToArray();
        })];
        foreach (Fact fact in info.Facts)
        {
            float[] truths = [.. Enumerable.Range(0, states.Length / info.State.Length).Select(i => fact.Truth(states.AsSpan(i * info.State.Length, info.State.Length)))];
            Assert.All(truths, truth => Assert.InRange(truth, 0, 1));
            Assert.True(truths.Max() > 0.8f, $"'{fact.Name}' is nowhere true ({truths.Max()}).");
            Assert.True(truths.Min() < 0.2f, $"'{fact.Name}' is nowhere untrue ({truths.Min()}).");
        }

        foreach (SuccessMeasure measure in info.Measures)
            Assert.All(Enumerable.Range(0, states.Length / info.State.Length), i => Assert.True(measure.Holds(states.AsSpan(i * info.State.Length, info.State.Length)) is 0 or 1));
    }

    [Fact]
    public void Every_source_of_states_draws_its_own_and_the_same_again()
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var buffer = new StepBuffer(Count, environment.Info);
        var seen = new List<float[]>();
        foreach (StateSource source in Enum.GetValues<StateSource>())
        {
            environment.Place(3, 0, source, buffer);
            float[] first = [.. buffer.States];
            environment.Info.State.Validate(first);
            Assert.DoesNotContain(seen, states => states.SequenceEqual(first));
            seen.Add(first);
            environment.Place(3, 1, source, buffer);
            Assert.NotEqual(first, buffer.States);
            environment.Place(3, 0, source, buffer);
            Assert.Equal(first, buffer.States);
        }
    }

    [Fact]
    public void Poses_are_places_and_rotations()
    {
        using IVectorEnvironment environment = Create(Count, 1);
        var buffer = new StepBuffer(Count, environment.Info);
        environment.Place(1, 0, StateSource.Uniform, buffer);
        int row = environment.Info.Scene.PoseLength;
        for (int start = 0; start < buffer.Poses.Length; start += SceneDescription.FloatsPerPose)
        {
            if (start % row >= environment.Info.Scene.Geoms.Length * SceneDescription.FloatsPerPose) continue; // pieces of tendons are stretched
            ReadOnlySpan<float> r = buffer.Poses.AsSpan(start + 3, 9);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    Assert.Equal(i == j ? 1 : 0, (r[3 * i] * r[3 * j]) + (r[(3 * i) + 1] * r[(3 * j) + 1]) + (r[(3 * i) + 2] * r[(3 * j) + 2]), 1e-4f);
        }
    }

    private static void AssertEqual(StepBuffer expected, StepBuffer found)
    {
        Assert.Equal(expected.Observations, found.Observations);
        Assert.Equal(expected.States, found.States);
        Assert.Equal(expected.Poses, found.Poses);
        Assert.Equal(expected.Rewards, found.Rewards);
        Assert.Equal(expected.Kinds, found.Kinds);
    }

    /// <summary>An environment under random actions.</summary>
    private sealed class Play
    {
        private readonly IVectorEnvironment _environment;
        private Rng _rng = Rng.For(17, "play");

        public Play(IVectorEnvironment environment)
        {
            _environment = environment;
            Buffer = new StepBuffer(environment.Count, environment.Info);
            Actions = new float[environment.Count * environment.Info.Actions.Length];
        }

        public StepBuffer Buffer { get; }

        public float[] Actions { get; }

        public void Reset(ulong seed, StartDistribution start = StartDistribution.WholeRange) => _environment.Reset(seed, start, Buffer);

        public void Step()
        {
            int at = 0;
            for (int row = 0; row < _environment.Count; row++)
                foreach (FieldSpec field in _environment.Info.Actions.Vector.Fields)
                    for (int i = 0; i < field.Length; i++) Actions[at++] = (float)_rng.Uniform(field.Minimum, field.Maximum);
            Step(Actions);
        }

        public void Step(float[] actions) => _environment.Step(actions, Buffer);
    }
}
