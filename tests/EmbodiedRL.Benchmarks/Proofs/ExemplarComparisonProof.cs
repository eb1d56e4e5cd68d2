using System.Globalization;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S64</c>: compared with a strong exemplar a translator goes on learning where all absolute grades are best.</summary>
/// <remarks>
/// arXiv 2505.12996. States of eight symbols are translated into commands; exemplars are the truth with a fifth of the words changed. A
/// scripted judge compares shares of right words with the hidden truth, in five grades, and favors what it is shown first by a grade. A
/// second language in another script shares the choice of words and is paid for format and script alone. The verifier and the completions
/// are real; judge, exemplars and second language are scripted, where the paper has language models.
/// </remarks>
internal sealed class ExemplarComparisonProof() : Proof("S64",
    "exemplar comparison: a policy that is graded against a strong exemplar passes it, and a second language learns along.",
    "Figure: share of right words on states never trained on, mean of 5 seeds. Reference: absolute grades, of which the best is given from "
    + "three quarters right. It holds if in every seed the figure is higher, more than half of the translations beat their exemplar, and "
    + "the second language, paid for format and script alone, has more right words than before.")
{
    private const int Seeds = 5, Symbols = 24, Length = 8, Prompts = 16, Updates = 200, Held = 400;
    private const double Rate = 0.03, Known = 0.5, ExemplarRight = 0.8;

    private static readonly string[] Latin = [.. Enumerable.Range(0, Symbols).Select(i => $"{"bdgklmnr"[i % 8]}{"aeo"[i / 8]}")],
        Cyrillic = [.. Enumerable.Range(0, Symbols).Select(i => $"{"бдгклмнр"[i % 8]}{"аео"[i / 8]}")];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] exemplars = ForSeeds(firstSeed, Seeds, seed => Train(isCompared: true, seed), cancel),
            grades = ForSeeds(firstSeed, Seeds, seed => Train(isCompared: false, seed), cancel);
        double leastGain = exemplars.Zip(grades, (one, other) => one.Right - other.Right).Min(), leastWins = exemplars.Min(one => one.Wins);
        double leastSecond = exemplars.Min(one => one.Second - one.SecondBefore);
        return Row(exemplars.Average(one => one.Right), "share of right words", "absolute grades", grades.Average(one => one.Right),
            leastGain > 0 && leastWins > 0.5 && leastSecond > 0,
            ("leastGain", leastGain), ("before", exemplars.Average(one => one.Before)), ("wins", exemplars.Average(one => one.Wins)),
            ("leastWins", leastWins), ("winsByGrades", grades.Average(one => one.Wins)),
            ("second", exemplars.Average(one => one.Second)), ("secondBefore", exemplars.Average(one => one.SecondBefore)),
            ("leastSecondGain", leastSecond), ("ordersApart", exemplars.Average(one => one.Orders)));
    }

    private static Outcome Train(bool isCompared, ulong seed)
    {
        var policy = new Policy(seed);
        var trainer = new CompletionTrainer(policy.Heads, Rate, seed, "S64-completions");
        var judge = new Judge();
        var options = new ExemplarComparisonOptions { Model = "judge", Script = "latin" };
        using var compared = new ExemplarComparisonReward("exemplar", options, judge);
        using var second = new ExemplarComparisonReward("second", options with { Script = "cyrillic" }, judge);
        State[] held = Draw(Held, Rng.For(seed, "S64-held"));
        (double before, _) = policy.Judge(held, isSecond: false, seed);
        (double secondBefore, _) = policy.Judge(held, isSecond: true, seed);
        var orders = new Orders();
        for (int update = 0; update < Updates; update++)
        {
            State[] states = Draw(Prompts, Rng.For(seed, "S64-states", update));
            foreach (State state in states) judge.Truth[state.Source] = state.Words;
            bool isSecond = update % 2 == 1;
            Question[] questions = [.. states.Select(state => new Question(state.Source, string.Join(' ', Named(state.Words, Latin)),
                AnswerForm.Text) { WorkedAnswer = isSecond ? null : string.Join(' ', Named(state.Exemplar, Latin)) })];
            Draft draft = trainer.Write(questions, (i, pen) => policy.Write(states[i], isSecond, pen));
            float[] rewards = CompletionTrainer.Score(isSecond ? second : compared, draft.Batch, metrics: orders);
            // absolute grades see the answer and the truth, not the exemplar
            for (int row = 0; !isSecond && !isCompared && row < rewards.Length; row++)
                if (draft.Batch.Texts[row].StartsWith("<think>", StringComparison.Ordinal))
                    rewards[row] = Absolute(draft.Batch.Texts[row], states[draft.Batch.PromptOf(row)]);
            trainer.Learn(draft, rewards);
        }

        (double right, double wins) = policy.Judge(held, isSecond: false, seed);
        (double secondRight, _) = policy.Judge(held, isSecond: true, seed);
        return new Outcome(right, wins, before, secondRight, secondBefore, orders.Mean);
    }

    private static float Absolute(string text, State state) => Share(Words(text), Named(state.Words, Latin)) switch
    {
        >= 0.75 => 1,
        >= 0.6 => 0.75f,
        >= 0.4 => 0.5f,
        >= 0.2 => 0.25f,
        _ => 0,
    };

    private static string[] Words(string text)
    {
        const string tag = "<answer>";
        int start = text.IndexOf(tag, StringComparison.Ordinal), end = text.IndexOf("</answer>", StringComparison.Ordinal);
        return start < 0 || end < start ? [] : text[(start + tag.Length)..end].Split(' ');
    }

    private static IEnumerable<string> Named(int[] words, string[] names) => words.Select(word => names[word]);

    /// <summary>Share of words that stand where the truth has them; as long as the truth, so it is F1 too.</summary>
    private static double Share(string[] words, IEnumerable<string> truth) =>
        words.Zip(truth, (one, other) => one == other ? 1.0 : 0).Sum() / Length;

    private static State[] Draw(int count, Rng rng)
    {
        var states = new State[count];
        for (int i = 0; i < count; i++)
        {
            int[] words = new int[Length], exemplar = new int[Length];
            for (int k = 0; k < Length; k++)
            {
                words[k] = rng.Below(Symbols);
                exemplar[k] = rng.NextDouble() < ExemplarRight ? words[k] : rng.Below(Symbols);
            }

            states[i] = new State(string.Join(' ', words.Select(word => $"s{word}")), words, exemplar);
        }

        return states;
    }

    private sealed record Outcome(double Right, double Wins, double Before, double Second, double SecondBefore, double Orders);

    /// <param name="Source">In symbols.</param>
    /// <param name="Words">Its translation.</param>
    /// <param name="Exemplar">A strong one.</param>
    private sealed record State(string Source, int[] Words, int[] Exemplar);

    /// <summary>Words by symbol, for both languages; format and script of a completion by language.</summary>
    private sealed class Policy
    {
        private readonly ChoiceHead _words, _formats, _scripts = new(2, 2);

        /// <param name="seed">Which symbols it knows from the start.</param>
        public Policy(ulong seed)
        {
            var rng = Rng.For(seed, "S64-known");
            double[] known = [.. Enumerable.Range(0, Symbols).Select(_ => Known + rng.Uniform(-0.2, 0.2))];
            _words = new ChoiceHead(Symbols, Symbols,
                (word, symbol) => Math.Log(word == symbol ? known[symbol] : (1 - known[symbol]) / (Symbols - 1)));
            _formats = new ChoiceHead(2, 2, (action, _) => action);
        }

        public IReadOnlyList<ChoiceHead> Heads => [_words, _formats, _scripts];

        public string Write(State state, bool isSecond, Pen pen)
        {
            double[] language = MadeScene.OneHot(isSecond ? 1 : 0, 2);
            bool isTagged = pen.Choose(_formats, language) == 1;
            string[] names = pen.Choose(_scripts, language) == 1 ? Cyrillic : Latin;
            string answer = string.Join(' ', state.Words.Select(symbol => names[pen.Choose(_words, MadeScene.OneHot(symbol, Symbols))]));
            return isTagged ? MadeScene.Tagged("word by word", answer) : $"<answer>{answer}</answer>";
        }

        /// <summary>Share of right words of the right script, and of translations with more of them than their exemplar.</summary>
        public (double Right, double Wins) Judge(State[] states, bool isSecond, ulong seed)
        {
            (double right, double wins) = (0, 0);
            string[] names = isSecond ? Cyrillic : Latin;
            for (int i = 0; i < states.Length; i++)
            {
                string[] truth = [.. Named(states[i].Words, names)];
                double share = Share(Words(Write(states[i], isSecond, Pen.Drawing(Rng.For(seed, "S64-judged", i)))), truth);
                right += share / states.Length;
                if (share > Share([.. Named(states[i].Exemplar, names)], truth)) wins += 1.0 / states.Length;
            }

            return (right, wins);
        }
    }

    /// <summary>Knows the truth of every state, and favors what it is shown first by a grade.</summary>
    private sealed class Judge : ITextModel
    {
        private const double Much = 0.2, Any = 0.05;

        public string Name => "judge";

        public Dictionary<string, int[]> Truth { get; } = [];

        public ValueTask<IReadOnlyList<string>> ReplyAsync(IReadOnlyList<string> prompts, CancellationToken cancel) =>
            ValueTask.FromResult<IReadOnlyList<string>>([.. prompts.Select(Grade)]);

        private string Grade(string prompt)
        {
            string[] lines = prompt.Split('\n');
            string[] truth = [.. Named(Truth[After("Task:")], Latin)];
            double apart = Share(Read("First:"), truth) - Share(Read("Second:"), truth);
            int grade = apart >= Much ? 5 : apart >= Any ? 4 : apart <= -Much ? 1 : apart <= -Any ? 2 : 3;
            return Math.Min(5, grade + 1).ToString(CultureInfo.InvariantCulture);

            string After(string title) => lines[Array.IndexOf(lines, title) + 1];
            string[] Read(string title) => After(title).Split(' ');
        }
    }

    private sealed class Orders : IMetricSink
    {
        private double _sum;
        private int _count;

        public double Mean => _count > 0 ? _sum / _count : double.NaN;

        public void Write(string name, double value)
        {
            if (name.EndsWith("/orders", StringComparison.Ordinal)) (_sum, _count) = (_sum + value, _count + 1);
        }
    }
}
