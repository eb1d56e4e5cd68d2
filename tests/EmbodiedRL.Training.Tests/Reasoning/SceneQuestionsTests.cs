using System.Globalization;
using System.Numerics;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>That answers are those of what was rendered, balanced, and the same whatever the batches.</summary>
public sealed class SceneQuestionsTests
{
    private const int Some = 150, Many = 2000;

    public static TheoryData<string> ShapeKindNames => [.. SceneQuestions.AllKinds.Except(["state", "goal", "damage"])];

    public static TheoryData<string> ClosedKinds => [.. SceneQuestions.UsualKinds.Except(["box"]), "damage"];

    [Theory, MemberData(nameof(ShapeKindNames))]
    public void Boxes_are_the_bounds_of_what_is_segmented_and_nothing_is_hidden(string kind)
    {
        using SceneQuestions questions = Of(kind);
        for (int i = 0; i < Some; i++)
        {
            ShapeScene scene = questions.PosedAt(i).Scene!;
            Assert.InRange(scene.Things.Length, 2, 5);
            for (int thing = 0; thing < scene.Things.Length; thing++)
            {
                (int X, int Y)[] pixels = [.. Enumerable.Range(0, scene.Segments.Length).Where(at => scene.Segments[at] == thing)
                    .Select(at => (at % 64, at / 64))];
                Assert.Equal(scene.Pixels[thing], pixels.Length);
                Assert.True(pixels.Length >= 12, $"question {i}: {scene.Things[thing].FullName} covers {pixels.Length} pixels");
                Assert.Equal(scene.Boxes[thing], new PixelBox(pixels.Min(p => p.X), pixels.Min(p => p.Y), pixels.Max(p => p.X) + 1,
                    pixels.Max(p => p.Y) + 1));
            }
        }
    }

    [Fact]
    public void Things_are_where_the_camera_projects_them_and_of_their_color()
    {
        using SceneQuestions questions = Of("caption");
        for (int i = 0; i < Some; i++)
        {
            PosedQuestion posed = questions.PosedAt(i);
            for (int thing = 0; thing < posed.Scene!.Things.Length; thing++)
            {
                PixelBox box = posed.Scene.Boxes[thing];
                Assert.InRange(posed.Scene.Seen[thing].X, box.Left - 1, box.Right + 1);
                Assert.InRange(posed.Scene.Seen[thing].Y, box.Top - 1, box.Bottom + 1);
                Assert.Equal(posed.Scene.Things[thing].Color, ColorIn(posed, thing));
            }
        }
    }

    [Fact]
    public void A_count_is_that_of_the_things_rendered() => Each("count", (posed, answer) =>
    {
        string[] asked = posed.Question.Prompt.Split(' ');
        int found = posed.Scene!.Things.Count(thing => asked[2] == "things" || SceneThing.Plurals[thing.Shape] == asked[2]
            || (asked[3] == "things" && SceneThing.Colors[thing.Color] == asked[2]));
        Assert.Equal(found.ToString(CultureInfo.InvariantCulture), answer);
    });

    [Fact]
    public void A_relation_is_that_of_camera_space() => Each("relation", (posed, answer) =>
    {
        string prompt = posed.Question.Prompt;
        string words = new[] { "left of", "right of", "behind", "in front of" }.Single(relation => prompt.Contains($" {relation} the "));
        string[] names = prompt["Is the ".Length..^1].Split($" {words} the ");
        (Vector3 first, Vector3 second) = (InCamera(posed.Scene!, names[0]), InCamera(posed.Scene!, names[1]));
        // A camera looks along its own -z.
        bool holds = words switch
        {
            "left of" => first.X / -first.Z < second.X / -second.Z,
            "right of" => first.X / -first.Z > second.X / -second.Z,
            "behind" => -first.Z > -second.Z,
            _ => -first.Z < -second.Z,
        };
        Assert.Equal(holds ? "yes" : "no", answer);
    });

    [Fact]
    public void What_is_asked_in_two_steps_is_the_only_thing_on_that_side_of_the_largest() => Each("two-step", (posed, answer) =>
    {
        ShapeScene scene = posed.Scene!;
        SceneThing largest = scene.Things.Single(thing => thing.IsLarge);
        string prompt = posed.Question.Prompt;
        Vector3 center = InCamera(scene, largest);
        SceneThing asked = scene.Things.Where(thing => thing != largest).Single(thing =>
        {
            Vector3 at = InCamera(scene, thing);
            return prompt.Contains("left") ? at.X / -at.Z < center.X / -center.Z
                : prompt.Contains("right") ? at.X / -at.Z > center.X / -center.Z
                : prompt.Contains("behind") ? at.Z < center.Z : at.Z > center.Z;
        });
        Assert.Equal(prompt.StartsWith("What color", StringComparison.Ordinal) ? SceneThing.Colors[asked.Color]
            : SceneThing.Shapes[asked.Shape], answer);
    });

    [Fact]
    public void Things_that_are_asked_about_by_name_are_there_once()
    {
        Each("color", (posed, answer) => Assert.Equal(answer, SceneThing.Colors[posed.Scene!.Things.Single(thing =>
            posed.Question.Prompt == $"What color is the {SceneThing.Shapes[thing.Shape]}?").Color]));
        Each("shape", (posed, answer) => Assert.Equal(answer, SceneThing.Shapes[posed.Scene!.Things.Single(thing =>
            posed.Question.Prompt == $"What shape is the {SceneThing.Colors[thing.Color]} thing?").Shape]));
        Each("largest", (posed, answer) =>
            Assert.Equal(answer, SceneThing.Colors[posed.Scene!.Things.Single(thing => thing.IsLarge).Color]));
        Each("exists", (posed, answer) =>
            Assert.Equal(answer == "yes", posed.Scene!.Things.Any(thing => posed.Question.Prompt == $"Is there a {thing.Name}?")));
    }

    [Fact]
    public void Boxes_points_masks_and_steps_are_written_as_their_forms_say()
    {
        Each("box", (posed, answer) =>
        {
            JsonElement box = JsonDocument.Parse(answer).RootElement[0];
            string? label = box.GetProperty("label").GetString();
            int thing = Enumerable.Range(0, posed.Scene!.Things.Length).Single(i => posed.Scene.Things[i].Name == label);
            Box read = Assert.Single(BoxText.Parse(answer).Value!).Box;
            Assert.Equal(posed.Scene.Boxes[thing], new PixelBox((int)read.Left, (int)read.Top, (int)read.Right, (int)read.Bottom));
        });
        Each("mask", (posed, answer) =>
        {
            int[] counts = [.. JsonDocument.Parse(answer).RootElement.GetProperty("counts").EnumerateArray().Select(run => run.GetInt32())];
            bool[] mask = [.. counts.SelectMany((run, i) => Enumerable.Repeat(i % 2 == 1, run))];
            int thing = Enumerable.Range(0, posed.Scene!.Things.Length)
                .Single(i => posed.Question.Prompt == $"Where is the {posed.Scene.Things[i].Name}? Give its mask.");
            Assert.Equal(posed.Scene.Segments.Select(segment => segment == thing), mask);
        });
        foreach (string kind in new[] { "box", "point", "mask", "order", "count", "color" })
            Each(kind, (posed, _) => Assert.Null(ReferenceForms.Violation(posed.Question)));
    }

    [Fact]
    public void Goals_are_reached_where_the_measure_holds()
    {
        foreach (string name in new[] { "cartpole", "gym/humanoid" })
        {
            using IVectorEnvironment environment = RunServices.Shipped.Environment(name, 1, 1);
            EnvironmentInfo info = environment.Info;
            var settings = new SceneQuestionSettings { Kinds = ["goal"], Environments = [name] };
            using var questions = new SceneQuestions(settings, RunServices.Shipped);
            for (int i = 0; i < Some; i++)
            {
                PosedQuestion posed = questions.PosedAt(i);
                Fact fact = info.Facts.First(one =>
                    posed.Question.Prompt == $"Goal: the {one.Subject} {GoalQuestion.Say(one)}. Is it reached?");
                bool holds = info.Measures.Single(measure => measure.Name == fact.Measure).Holds(posed.State) > 0;
                Assert.Equal(holds ? "yes" : "no", posed.Question.Reference);
            }
        }
    }

    [Fact]
    public void The_state_that_is_answered_holds_and_the_other_does_not()
    {
        using IVectorEnvironment environment = RunServices.Shipped.Environment("cartpole", 1, 1);
        using var questions = new SceneQuestions(new SceneQuestionSettings { Kinds = ["state"], Environments = ["cartpole"] },
            RunServices.Shipped);
        for (int i = 0; i < Some; i++)
        {
            PosedQuestion posed = questions.PosedAt(i);
            foreach (string option in posed.Question.Options)
            {
                float truth = environment.Info.Facts.Single(one => GoalQuestion.Say(one) == option).Truth(posed.State);
                Assert.True(option == posed.Question.Reference ? truth >= 0.7 : truth <= 0.35, $"question {i}: {option} is {truth} true");
            }
        }
    }

    [Theory, MemberData(nameof(ClosedKinds))]
    public void No_constant_answer_and_no_lookup_of_the_prompt_scores_above_chance(string kind)
    {
        using SceneQuestions questions = Of(kind);
        Question[] asked = [.. questions.Next(Many)];
        double chance = kind == "count" ? 0.25 : asked.Average(question => 1.0 / question.Options.Count);
        Assert.InRange(MajorityShare(asked.Select(question => question.Reference)), 0, chance + 0.05);

        // Learned on one half, asked on the other: what the words alone tell.
        Dictionary<string, string> learned = asked.Take(Many / 2).GroupBy(question => question.Prompt).ToDictionary(same => same.Key,
            same => same.GroupBy(question => question.Reference).MaxBy(answers => answers.Count())!.Key);
        double blind = asked.Skip(Many / 2).Average(question => learned.GetValueOrDefault(question.Prompt) == question.Reference ? 1.0 : 0);
        Assert.InRange(blind, 0, chance + 0.05);
    }

    [Fact]
    public void A_question_is_the_same_whatever_was_asked_before()
    {
        using SceneQuestions all = Usual(), parts = Usual(), alone = Usual();
        IReadOnlyList<Question> expected = all.Next(200);
        Question[] found = [.. new[] { 1, 63, 1, 100, 35 }.SelectMany(count => parts.Next(count))];
        for (int i = 0; i < expected.Count; i++) Same(expected[i], found[i]);
        foreach (int i in new[] { 199, 3, 64, 130 }) Same(expected[i], alone.At(i));
    }

    [Fact]
    public void A_resumed_source_asks_what_it_would_have_asked()
    {
        using SceneQuestions first = Limited(), second = Limited();
        first.Next(90);
        var snapshot = new Snapshot();
        first.Save(snapshot);
        second.Load(snapshot);
        foreach ((Question a, Question b) in first.Next(80).Zip(second.Next(80))) Same(a, b);

        static SceneQuestions Limited() => new(new SceneQuestionSettings { Kinds = ["count"], Distinct = 70 }, RunServices.Shipped);
    }

    [Fact]
    public void A_limited_set_begins_anew_in_another_order()
    {
        using var questions = new SceneQuestions(new SceneQuestionSettings { Kinds = ["color"], Distinct = 70 }, RunServices.Shipped);
        string[] first = [.. questions.Next(70).Select(Picture)], second = [.. questions.Next(70).Select(Picture)];
        Assert.NotEqual(first, second);
        Assert.Equal(first.Order(StringComparer.Ordinal), second.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Splits_and_seeds_share_no_image()
    {
        string[] pictures =
        [
            .. Enum.GetValues<QuestionSplit>().SelectMany(split => new ulong[] { 1, 2 }.SelectMany(seed =>
            {
                var settings = new SceneQuestionSettings { Split = split, Seed = seed, Kinds = ["count", "color"] };
                using var questions = new SceneQuestions(settings, RunServices.Shipped);
                return questions.Next(64).Select(Picture).ToArray();
            })),
        ];
        Assert.Equal(pictures.Length, pictures.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Worked_answers_are_of_the_form_and_right()
    {
        using var questions = new SceneQuestions(new SceneQuestionSettings { Kinds = [.. SceneQuestions.AllKinds] }, RunServices.Shipped);
        foreach (Question question in questions.Next(Some))
        {
            Assert.Equal(question.Reference, new ParsedCompletion(question.WorkedAnswer!).Answer.Value);
            Assert.InRange(question.Difficulty, 0, 1);
        }
    }

    [Fact]
    public void An_unknown_kind_is_refused_with_the_nearest() => Assert.Contains("'count'", Assert.Throws<UnknownNameException>(
        () => new SceneQuestions(new SceneQuestionSettings { Kinds = ["counts"] }, RunServices.Shipped)).Message, StringComparison.Ordinal);

    private static SceneQuestions Of(string kind) => new(new SceneQuestionSettings { Kinds = [kind] }, RunServices.Shipped);

    private static SceneQuestions Usual() => new(new SceneQuestionSettings { Environments = ["cartpole"] }, RunServices.Shipped);

    private static void Each(string kind, Action<PosedQuestion, string> check)
    {
        using SceneQuestions questions = Of(kind);
        for (int i = 0; i < Some; i++) check(questions.PosedAt(i), questions.At(i).Reference);
    }

    private static void Same(Question expected, Question found)
    {
        Assert.Equal((expected.Prompt, expected.Reference, expected.WorkedAnswer), (found.Prompt, found.Reference, found.WorkedAnswer));
        Assert.Equal(expected.Images[0].Rgb, found.Images[0].Rgb);
    }

    private static string Picture(Question question) => Convert.ToBase64String(question.Images[0].Rgb);

    private static double MajorityShare(IEnumerable<string> answers)
    {
        string[] all = [.. answers];
        return (double)all.GroupBy(answer => answer).Max(same => same.Count()) / all.Length;
    }

    private static Vector3 InCamera(ShapeScene scene, string name) => InCamera(scene, scene.Things.Single(thing => thing.Name == name));

    private static Vector3 InCamera(ShapeScene scene, SceneThing thing) =>
        Vector3.Transform(new Vector3(thing.X, thing.Y, ShapeGeometry.HalfHeight(thing)) - scene.Camera.Position,
            Quaternion.Conjugate(scene.Camera.Orientation));

    /// <summary>The named color whose hue is nearest to the mean of a thing's pixels.</summary>
    private static int ColorIn(PosedQuestion posed, int thing)
    {
        Vector3 sum = default;
        byte[] rgb = posed.Question.Images[0].Rgb;
        for (int at = 0; at < posed.Scene!.Segments.Length; at++)
            if (posed.Scene.Segments[at] == thing) sum += new Vector3(rgb[3 * at], rgb[(3 * at) + 1], rgb[(3 * at) + 2]);
        Vector3[] pure =
        [
            new(1, 0.1f, 0.1f), new(0.15f, 0.8f, 0.2f), new(0.1f, 0.2f, 1), new(1, 0.9f, 0.1f), new(0.8f, 0.2f, 0.95f), new(0.1f, 1, 1),
        ];
        return Enumerable.Range(0, pure.Length).MaxBy(color => Vector3.Dot(Vector3.Normalize(sum), Vector3.Normalize(pure[color])));
    }
}
