using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Envs.Tests.Tabletop;

/// <summary>What is said of a table is so, in rows written by hand; what is drawn is what was asked for, and is seen.</summary>
public sealed class TabletopTests
{
    private const int Ball = 0, Cube = 1, Cylinder = 2, Red = 0, Green = 1, Blue = 2, Yellow = 3, Small = 0, Large = 1;

    private static readonly EnvironmentInfo Info = Describe();

    public static TheoryData<StateSource> Sources => [.. Enum.GetValues<StateSource>()];

    /// <summary>Left to right: a small red ball, a large green cube, a large blue ball; the finger 3 cm from the cube's center.</summary>
    private static float[] Three =>
    [
        0.03f, 0, 0, 0,
        1, Ball, Red, Small, -0.2f, 0.1f,
        1, Cube, Green, Large, 0, 0,
        1, Ball, Blue, Large, 0.02f, 0.18f,
        .. new float[12],
    ];

    [Theory]
    [InlineData("ball", 1)]
    [InlineData("cylinder", 0)]
    [InlineData("red", 1)]
    [InlineData("yellow", 0)]
    [InlineData("green-cube", 1)]
    [InlineData("red-cube", 0)]
    [InlineData("small-ball", 1)]
    [InlineData("small-cube", 0)]
    [InlineData("large-green", 1)]
    [InlineData("large-red", 0)]
    [InlineData("3-things", 1)]
    [InlineData("2-things", 0)]
    [InlineData("2-balls", 1)]
    [InlineData("1-balls", 0)]
    [InlineData("1-cubes", 1)]
    [InlineData("2-red", 0)]
    [InlineData("red-left-of-green", 1)]
    [InlineData("green-left-of-red", 0)]
    [InlineData("green-left-of-blue", 0.7)] // 2 cm of 5
    [InlineData("blue-left-of-green", 0.3)]
    [InlineData("red-left-of-yellow", 0)]
    [InlineData("ball-left-of-cube", 1)]
    [InlineData("cube-left-of-ball", 0.7)]  // the best pair: with the blue ball
    [InlineData("red-ball-left-of-green-cube", 1)]
    [InlineData("green-cube-left-of-red-ball", 0)]
    [InlineData("red-cube-left-of-green-ball", 0)]
    [InlineData("green-before-red", 1)]
    [InlineData("red-before-green", 0)]
    [InlineData("red-before-blue", 1)]
    [InlineData("cube-before-ball", 1)]
    [InlineData("ball-before-cube", 0)]
    [InlineData("green-cube-before-blue-ball", 1)]
    [InlineData("at-yellow", 0)]
    [InlineData("at-green", 0.864)]         // 0.6 (1 - 3/50)^2 + 0.4 exp(-(3/5)^2 / 2)
    public void Truths_have_closed_forms(string fact, double truth) => Assert.Equal(truth, Truth(fact, Three), 1e-3);

    [Fact]
    public void Finger_near_a_thing_of_a_color_meets_the_measure_of_that_color_alone()
    {
        Assert.Equal(["green"], Info.Measures.Where(measure => measure.Holds(Three) > 0).Select(measure => measure.Name));
        float[] away = Three;
        away[0] = -0.06f;
        Assert.DoesNotContain(Info.Measures, measure => measure.Holds(away) > 0);
        Assert.True(Truth("at-green", away) is > 0.1f and < 0.8f);
    }

    [Fact]
    public void Of_an_empty_table_nothing_is_true()
    {
        float[] empty = new float[Info.State.Length];
        Assert.All(Info.Facts, fact => Assert.Equal(0, fact.Truth(empty)));
        Assert.All(Info.Measures, measure => Assert.Equal(0, measure.Holds(empty)));
    }

    [Fact]
    public void Number_of_facts_is_bounded_and_names_are_unique()
    {
        Assert.Equal(503, Info.Facts.Length); // 3 + 6 + 18 + 18 + 20 + 6, and twice 30 + 6 + 180
        Assert.Equal(Info.Facts.Length, Info.Facts.Select(fact => fact.Name).Distinct().Count());
        Assert.All(Info.Facts, fact => Assert.NotEmpty(fact.HeldOut));
    }

    [Fact]
    public void Relations_are_three_in_ten_sentences()
    {
        double all = Info.Facts.Sum(fact => fact.Weight);
        Assert.Equal(0.3, Info.Facts.Where(fact => fact.Subject == "relation").Sum(fact => fact.Weight) / all, 1e-9);
        Assert.Equal(0.7 / 6, Info.Facts.Where(fact => fact.Subject == "finger").Sum(fact => fact.Weight) / all, 1e-9);
    }

    /// <summary>Every wording that can be drawn, articles and "is" aside.</summary>
    [Fact]
    public void No_wording_belongs_to_two_facts_of_a_subject()
    {
        var known = new Dictionary<(string Subject, string Words), string>();
        foreach (Fact fact in Info.Facts)
        {
            string[] trained = [.. fact.Phrases.Concat(fact.Verbs).Concat(fact.Infinitives).SelectMany(Wordings).Distinct()];
            string[] heldOut = [.. fact.HeldOut.SelectMany(Wordings).Distinct()];
            Assert.Empty(trained.Intersect(heldOut));
            foreach (string words in trained.Concat(heldOut))
                Assert.True(known.TryAdd((fact.Subject, words), fact.Name), $"'{words}' is said of {fact.Name}, too.");
        }
    }

    /// <summary>A model has met every word of what it is asked in words kept back.</summary>
    [Fact]
    public void Held_out_wordings_are_made_of_trained_words()
    {
        HashSet<string> trained = [.. Info.Facts.SelectMany(fact => fact.Phrases).SelectMany(phrase => PhrasePattern.Parse(phrase).Words)];
        Assert.All(Info.Facts.SelectMany(fact => fact.HeldOut),
            phrase => Assert.Subset(trained, PhrasePattern.Parse(phrase).Words.ToHashSet()));
    }

    [Fact]
    public void Articles_agree_with_the_words_after_them()
    {
        IEnumerable<string> phrases = Info.Facts.SelectMany(fact => fact.Phrases.Concat(fact.HeldOut));
        foreach (string words in phrases.SelectMany(phrase => Expand(phrase, isSampled: true)))
        {
            string[] all = words.Split(' ');
            for (int i = 0; i + 1 < all.Length; i++)
                if (all[i] is "a" or "an") Assert.True((all[i] == "an") == "aeiou".Contains(all[i + 1][0]), words);
        }
    }

    [Fact]
    public void Every_fact_that_the_fixture_names_exists()
    {
        HashSet<string> known = [.. Info.Facts.Select(fact => fact.Name)];
        int named = 0;
        foreach (JsonElement sentence in Fixtures.ReadJson("sentences/tabletop.json").GetProperty("sentences").EnumerateArray())
        {
            JsonElement facts = sentence.GetProperty("facts");
            if (facts.ValueKind == JsonValueKind.Null) continue;
            foreach (JsonElement fact in facts.EnumerateArray())
            {
                named++;
                Assert.Contains(fact[0].GetString()!, known);
            }
        }

        Assert.True(named > 30);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Drawn_things_are_sorted_apart_and_as_many_as_promised(StateSource source)
    {
        const int draws = 400;
        using IVectorEnvironment environment = EnvironmentCatalog.Create("tabletop", draws, 1);
        var buffer = new StepBuffer(draws, Info);
        environment.SampleStates(3, 0, source, buffer);
        var counts = new SortedSet<int>();
        for (int row = 0; row < draws; row++)
        {
            float[][] things = Things(buffer.States.AsSpan(row * Info.State.Length, Info.State.Length));
            counts.Add(things.Length);
            Assert.Equal(things.Length, things.DistinctBy(thing => (thing[1], thing[2], thing[3])).Count());
            for (int i = 1; i < things.Length; i++)
            {
                Assert.True(things[i - 1][4] <= things[i][4]);
                for (int j = 0; j < i; j++)
                    Assert.True(Math.Sqrt(Math.Pow(things[i][4] - things[j][4], 2) + Math.Pow(things[i][5] - things[j][5], 2)) > 0.149);
            }

            if (source == StateSource.HardNegatives) Assert.True(IsLookAlike(things), $"Row {row} is no look-alike.");
        }

        int[] promised = source switch
        {
            StateSource.Uniform => [1, 2, 3, 4, 5],
            StateSource.Keyframes => [1, 2],
            _ => [2, 3, 4, 5],
        };
        Assert.Equal(promised, counts);
    }

    [Fact]
    public void An_episode_always_has_something_red_which_the_reward_is_nearest_at()
    {
        const int count = 60;
        using IVectorEnvironment environment = EnvironmentCatalog.Create("tabletop", count, 1);
        var buffer = new StepBuffer(count, Info);
        float[] actions = new float[count * 2];
        environment.Reset(4, StartDistribution.WholeRange, buffer);
        Assert.Equal(1, Enumerable.Range(0, count).Min(Red1));
        for (int step = 0; step < 90; step++)
        {
            ((Simulation.Tasks.VectorEnvironment)environment).Demonstrate("red", actions);
            environment.Step(actions, buffer);
        }

        Assert.True(buffer.Rewards.Min() > 0.98, $"{buffer.Rewards.Min()}");

        float Red1(int row) => Truth("red", buffer.States.AsSpan(row * Info.State.Length, Info.State.Length));
    }

    [Theory]
    [InlineData("front")]
    [InlineData("high")]
    [InlineData("corner")]
    public void Absent_things_are_never_seen_and_present_ones_are(string camera)
    {
        using MujocoModel model = MujocoModel.Load(EnvironmentCatalog.SceneOf("tabletop"));
        using var physics = new PhysicsView(model);
        using var renderer = new BatchRenderer(Info.RequiredScene, camera, 64);
        byte[] parked = Render(physics, renderer);
        string[] things = [.. Info.RequiredScene.Geoms.Select(geom => geom.Name).Where(name => name.Count(letter => letter == '-') == 2)];
        Assert.Equal(36, things.Length);
        foreach (string thing in things) physics.Position(model.Mocap(thing))[0] = 100; // out of every camera's sight
        Assert.Equal(parked, Render(physics, renderer));

        // The finger aside, each thing shows in a corner of where things stand, as wide as its size.
        physics.Position(model.Joint("finger_x")) = 0;
        physics.Position(model.Joint("finger_y")) = 0.25;
        byte[] empty = Render(physics, renderer);
        int least = camera == "corner" ? 4 : 5;
        for (int i = 0; i < things.Length; i++)
        {
            Span<double> at = physics.Position(model.Mocap(things[i]));
            (at[0], at[1], at[2]) = (i % 2 == 0 ? -0.22 : 0.22, i % 4 < 2 ? -0.2 : 0.2, 0);
            int width = Width(empty, Render(physics, renderer));
            bool isSmall = things[i].StartsWith("small", StringComparison.Ordinal);
            Assert.True(isSmall ? width >= least && width <= 9 : width is >= 9 and <= 18,
                $"{things[i]} is {width} pixels wide at ({at[0]}, {at[1]}).");
            at[0] = 100;
        }
    }

    private static EnvironmentInfo Describe()
    {
        using IVectorEnvironment environment = EnvironmentCatalog.Create("tabletop", 1, 1);
        return environment.Info;
    }

    private static float Truth(string fact, ReadOnlySpan<float> state) => Info.Facts.Single(one => one.Name == fact).Truth(state);

    private static float[][] Things(ReadOnlySpan<float> state)
    {
        float[] row = [.. state];
        return [.. Enumerable.Range(0, 5).Select(slot => row[(4 + (6 * slot))..(10 + (6 * slot))]).Where(slot => slot[0] == 1)];
    }

    /// <summary>Twins, neighbors in a row or a column, or several of one color or shape.</summary>
    private static bool IsLookAlike(float[][] things)
    {
        if (IsSame(1) || IsSame(2)) return true;
        if (things.Length != 2) return false;
        float across = Math.Abs(things[0][4] - things[1][4]), along = Math.Abs(things[0][5] - things[1][5]);
        return Enumerable.Range(1, 3).Count(attribute => things[0][attribute] != things[1][attribute]) == 1
            || Math.Min(across, along) <= 0.0401f;

        bool IsSame(int attribute) => things.Select(thing => thing[attribute]).Distinct().Count() == 1;
    }

    private static IEnumerable<string> Wordings(string pattern) =>
        Expand(pattern, false).Select(words => Sentence.WithoutArticles(words.Replace(" is ", " ", StringComparison.Ordinal))).Distinct();

    /// <summary>Every wording of a pattern; or, of the relations' long ones, some of them.</summary>
    private static IEnumerable<string> Expand(string pattern, bool isSampled)
    {
        PhrasePattern parsed = PhrasePattern.Parse(pattern);
        var rng = Rng.For(1, pattern);
        if (isSampled || pattern.Count(letter => letter == '|') > 12)
            return [.. Enumerable.Range(0, 60).Select(_ => parsed.Draw(ref rng))];

        List<string> words = [""];
        foreach (string part in pattern.Split('[', ']'))
        {
            string[] choices = part.Split('|'); // outside of brackets there is no bar
            words = [.. words.SelectMany(before => choices.Select(choice => before + choice))];
        }

        return words.Select(Sentence.Normalize);
    }

    private static byte[] Render(PhysicsView physics, BatchRenderer renderer)
    {
        physics.UpdateKinematics();
        float[] poses = new float[Info.RequiredScene.PoseLength];
        physics.ReadPoses([.. Info.RequiredScene.Geoms.Select(geom => geom.Id)], poses);
        byte[] pixels = new byte[renderer.FrameBytes];
        renderer.Render(poses, 1, pixels);
        return pixels;
    }

    /// <summary>Columns in which a clearly colored pixel changed; shadows are gray.</summary>
    private static int Width(byte[] before, byte[] after)
    {
        return Enumerable.Range(0, 64).Count(column => Enumerable.Range(0, 64).Any(row =>
        {
            Span<byte> old = before.AsSpan(3 * ((row * 64) + column), 3), now = after.AsSpan(3 * ((row * 64) + column), 3);
            return !old.SequenceEqual(now) && Math.Max(now[0], Math.Max(now[1], now[2])) - Math.Min(now[0], Math.Min(now[1], now[2])) > 60;
        }));
    }
}
