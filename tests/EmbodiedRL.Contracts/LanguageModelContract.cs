using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Contracts;

/// <summary>What every language model must obey, with eyes or without. Inherit it and say how to make the model and some prompts.</summary>
/// <remarks>The tests of the assembly must not run in parallel, as living tensors are counted.</remarks>
[NoTensorLeaks]
public abstract class LanguageModelContract
{
    private const int NewTokens = 5;
    private const double Relative = 2e-5;

    /// <summary>A fresh model with 32-bit weights; equal ones each time. The caller disposes it.</summary>
    protected abstract ILanguageModel Create();

    /// <summary>Three prompts or more of different lengths; those of a model with eyes have images, but for one. Fresh each time.</summary>
    protected abstract IReadOnlyList<EncodedPrompt> Prompts(ILanguageModel model);

    [Fact]
    public void Logits_have_the_size_of_the_vocabulary()
    {
        using var rows = new Rows(this);
        using ModelInput input = rows.Input();
        Tensor hidden = rows.Model.Hidden(input);
        Assert.Equal([.. input.Ids.shape, rows.Model.Spec.HiddenSize], hidden.shape);
        Assert.Equal([.. input.Ids.shape, rows.Model.Spec.VocabularySize], rows.Model.Logits(hidden).shape);
    }

    [Fact]
    public void Equal_inputs_give_equal_bits_and_stay_usable()
    {
        using var rows = new Rows(this);
        using ModelInput input = rows.Input();
        Assert.Equal(Values(rows.Model.Hidden(input)), Values(rows.Model.Hidden(input)));
    }

    [Fact]
    public void Tokens_read_one_by_one_with_a_cache_have_the_logits_of_all_at_once()
    {
        using var rows = new Rows(this);
        using KeyValueCache cache = rows.Model.CreateCache(rows.Count, rows.Longest + NewTokens);
        using (ModelInput prefill = rows.Input()) rows.Model.Hidden(prefill, cache);
        var stepwise = new List<Tensor>();
        for (int step = 0; step < NewTokens; step++) stepwise.Add(rows.Model.Logits(rows.Next(step, cache)));
        using ModelInput whole = rows.Input(NewTokens);
        Tensor expected = rows.Model.Logits(rows.Model.Hidden(whole).narrow(1, rows.Longest, NewTokens));
        Near(expected, cat(stepwise, 1));
    }

    [Fact]
    public void Several_tokens_read_at_once_with_a_cache_have_the_logits_of_all_at_once()
    {
        using var rows = new Rows(this);
        using KeyValueCache cache = rows.Model.CreateCache(rows.Count, rows.Longest + NewTokens);
        using (ModelInput prefill = rows.Input()) rows.Model.Hidden(prefill, cache);
        using var more = new ModelInput(rows.NewIds(0, NewTokens), ones([rows.Count, NewTokens], ScalarType.Bool));
        Tensor found = rows.Model.Logits(rows.Model.Hidden(more, cache));
        using ModelInput whole = rows.Input(NewTokens);
        Near(rows.Model.Logits(rows.Model.Hidden(whole).narrow(1, rows.Longest, NewTokens)), found);
    }

    [Fact]
    public void A_batch_of_rows_is_each_row_alone()
    {
        using var rows = new Rows(this);
        using ModelInput input = rows.Input();
        Tensor together = rows.Model.Hidden(input);
        for (int row = 0; row < rows.Count; row++)
        {
            using ModelInput one = rows.Input(0, row);
            Tensor alone = rows.Model.Hidden(one);
            Near(alone[0], together[row].narrow(0, rows.Longest - one.Ids.shape[1], one.Ids.shape[1]));
        }
    }

    [Fact]
    public void Padding_at_the_left_changes_no_real_token()
    {
        const int Padding = 4;
        using var rows = new Rows(this);
        using ModelInput input = rows.Input();
        Tensor ids = cat([full([rows.Count, Padding], rows.Model.Spec.PaddingId, ScalarType.Int64), input.Ids], 1);
        Tensor mask = cat([zeros([rows.Count, Padding], ScalarType.Bool), input.Mask], 1);
        using var padded = new ModelInput(ids, mask) { Images = input.Images };
        Tensor there = input.Mask.unsqueeze(2);
        Tensor expected = rows.Model.Hidden(input), found = rows.Model.Hidden(padded).narrow(1, Padding, rows.Longest);
        Near(expected * there, found * there);
        Assert.True(found.isfinite().all().ToBoolean(), "padding is not finite");
    }

    [Fact]
    public void Selected_rows_of_a_cache_go_on_as_the_rows_they_came_from()
    {
        using var rows = new Rows(this);
        using KeyValueCache cache = rows.Model.CreateCache(rows.Count, rows.Longest + NewTokens);
        using (ModelInput prefill = rows.Input()) rows.Model.Hidden(prefill, cache);
        long[] chosen = [rows.Count - 1, 0, 0, rows.Count - 1];
        Tensor places = tensor(chosen);
        using KeyValueCache repeated = cache.Select(places);
        for (int step = 0; step < 2; step++)
        {
            Tensor expected = rows.Next(step, cache).index_select(0, places);
            using var next = new ModelInput(rows.NewIds(step, 1).index_select(0, places), ones([chosen.Length, 1], ScalarType.Bool));
            Near(expected, rows.Model.Hidden(next, repeated));
        }
    }

    [Fact]
    public void Later_tokens_change_no_earlier_ones()
    {
        using var rows = new Rows(this);
        using ModelInput shorter = rows.Input(), longer = rows.Input(NewTokens);
        Tensor there = shorter.Mask.unsqueeze(2);
        Near(rows.Model.Hidden(shorter) * there, rows.Model.Hidden(longer).narrow(1, 0, rows.Longest) * there);
    }

    [Fact]
    public void Gradients_reach_embeddings_and_eyes()
    {
        using var rows = new Rows(this, gradients: true);
        Dictionary<string, Parameter> weights = rows.Model.Module.named_parameters()
            .ToDictionary(pair => pair.name, pair => pair.parameter);
        using ModelInput text = new(rows.NewIds(0, NewTokens), ones([rows.Count, NewTokens], ScalarType.Bool));
        Learn(rows.Model, text);
        string[] eyes = [.. weights.Where(pair => pair.Value.grad is null).Select(pair => pair.Key)];
        Assert.Equal(rows.Model.Spec.ImageTokenId is not null, eyes.Length > 0);
        using ModelInput input = rows.Input();
        rows.Model.Module.zero_grad();
        Learn(rows.Model, input);
        foreach ((string name, Parameter weight) in weights)
        {
            Tensor? gradient = weight.grad;
            Assert.True(gradient is not null && gradient.isfinite().all().ToBoolean(), $"no finite gradient of {name}");
            bool mustMove = weight.dim() > 1;
            Assert.True(!mustMove || gradient.abs().max().ToDouble() > 0, $"the gradient of {name} is 0");
        }
    }

    [Fact]
    public void Image_tokens_and_features_must_be_equally_many()
    {
        using var rows = new Rows(this);
        using ModelInput input = rows.Input();
        if (rows.Model.Spec.ImageTokenId is not { } image)
        {
            using var images = new PreparedImages(zeros([1, 3, 8, 8]), [1]);
            using var seeing = new ModelInput(input.Ids.alias(), input.Mask.alias()) { Images = images };
            Assert.Throws<SpecMismatchException>(() => rows.Model.Hidden(seeing));
            return;
        }

        int tokens = input.Images!.TokenCount;
        Tensor more = cat([input.Ids, full([rows.Count, 1], image, ScalarType.Int64)], 1);
        using var tooMany = new ModelInput(more, cat([input.Mask, ones([rows.Count, 1], ScalarType.Bool)], 1)) { Images = input.Images };
        Refuse(tooMany, tokens, tokens + rows.Count);
        using var none = new ModelInput(input.Ids.alias(), input.Mask.alias());
        Refuse(none, 0, tokens);
        using var noTokens = new ModelInput(rows.NewIds(0, 1), ones([rows.Count, 1], ScalarType.Bool)) { Images = input.Images };
        Refuse(noTokens, tokens, 0);
        using var few = new ModelInput(input.Ids.alias(), input.Mask.alias())
        {
            Images = input.Images,
            Features = zeros([tokens - 1, rows.Model.Spec.HiddenSize]),
        };
        Refuse(few, tokens - 1, tokens);

        void Refuse(ModelInput wrong, int features, int found)
        {
            using KeyValueCache cache = rows.Model.CreateCache(rows.Count, rows.Longest + 1);
            SpecMismatchException error = Assert.Throws<SpecMismatchException>(() => rows.Model.Hidden(wrong, cache));
            Assert.Contains($"{features}", error.Message, StringComparison.Ordinal);
            Assert.Contains($"{found}", error.Message, StringComparison.Ordinal);
            Assert.Equal(0, cache.Length); // nothing was read
        }
    }

    [Fact]
    public void Features_computed_before_stand_for_the_images()
    {
        using var rows = new Rows(this);
        using ModelInput input = rows.Input();
        if (rows.Model.Spec.ImageTokenId is null)
        {
            using var images = new PreparedImages(zeros([1, 3, 8, 8]), [1]);
            Assert.Throws<SpecMismatchException>(() => rows.Model.ImageFeatures(images));
            return;
        }

        Tensor features = rows.Model.ImageFeatures(input.Images!);
        Assert.Equal([input.Images!.TokenCount, rows.Model.Spec.HiddenSize], features.shape);
        using var given = new ModelInput(input.Ids.alias(), input.Mask.alias()) { Images = input.Images, Features = features };
        Near(rows.Model.Hidden(input), rows.Model.Hidden(given));
        using var other = new ModelInput(input.Ids.alias(), input.Mask.alias()) { Images = input.Images, Features = features * 2 };
        Assert.True((rows.Model.Hidden(input) - rows.Model.Hidden(other)).abs().max().ToDouble() > 1e-4, "features change nothing");
    }

    [Fact]
    public void A_token_outside_of_the_vocabulary_is_refused()
    {
        using var rows = new Rows(this);
        foreach (int id in (int[])[-1, rows.Model.Spec.VocabularySize])
        {
            using ModelInput input = ModelInput.PadLeft([[id]], rows.Model.Spec.PaddingId);
            Assert.Throws<SpecMismatchException>(() => rows.Model.Hidden(input));
        }
    }

    [Fact]
    public void More_tokens_than_the_context_are_refused()
    {
        using var rows = new Rows(this);
        int length = rows.Model.Spec.ContextLength + 1;
        using var input = new ModelInput(full([1, length], 1, ScalarType.Int64), ones([1, length], ScalarType.Bool));
        SpecMismatchException error = Assert.Throws<SpecMismatchException>(() => rows.Model.Hidden(input));
        Assert.Contains($"{length - 1}", error.Message, StringComparison.Ordinal);
    }

    private static void Learn(ILanguageModel model, ModelInput input)
    {
        Tensor labels = input.Ids.masked_fill(input.Mask.logical_not(), -100);
        TokenLikelihood.Loss(model, input, labels).backward();
    }

    private static float[] Values(Tensor found) => found.detach().contiguous().cpu().data<float>().ToArray();

    private static void Near(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.shape, found.shape);
        double most = (expected - found).abs().max().ToDouble(), allowed = Relative * (1 + expected.abs().max().ToDouble());
        Assert.True(most <= allowed, FormattableString.Invariant($"off by {most:g3}, allowed {allowed:g3}"));
    }

    /// <summary>The model, its prompts as one batch, and tokens to go on with. Tensors of a test end with it.</summary>
    private sealed class Rows : IDisposable
    {
        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly IDisposable? _still;
        private readonly IReadOnlyList<EncodedPrompt> _prompts;
        private readonly int[][] _new;

        public Rows(LanguageModelContract contract, bool gradients = false)
        {
            Model = contract.Create();
            _still = gradients ? null : no_grad();
            _prompts = contract.Prompts(Model);
            Assert.True(_prompts.Count >= 3 && _prompts.Select(prompt => prompt.Ids.Length).Distinct().Count() > 1, "too few prompts");
            bool sees = Model.Spec.ImageTokenId is not null;
            Assert.True(_prompts.Any(prompt => prompt.Images is null) && _prompts.Any(prompt => prompt.Images is not null) == sees,
                "some prompts have images and some not, where the model has eyes");
            var rng = Rng.For(5, "new tokens");
            _new = [.. _prompts.Select(_ => Enumerable.Range(0, NewTokens).Select(_ => Token(ref rng)).ToArray())];
        }

        public ILanguageModel Model { get; }

        public int Count => _prompts.Count;

        public int Longest => _prompts.Max(prompt => prompt.Ids.Length);

        /// <summary>All prompts or one, each with so many new tokens.</summary>
        public ModelInput Input(int more = 0, int? only = null)
        {
            int[] rows = only is { } one ? [one] : [.. Enumerable.Range(0, Count)];
            using ModelInput padded = ModelInput.PadLeft([.. rows.Select(row => (int[])[.. _prompts[row].Ids, .. _new[row][..more]])],
                Model.Spec.PaddingId);
            PreparedImages? images = PreparedImages.Join([.. rows.Select(row => _prompts[row].Images).OfType<PreparedImages>()]);
            return new ModelInput(padded.Ids.alias(), padded.Mask.alias()) { Images = images };
        }

        /// <summary>int64 [B, count].</summary>
        public Tensor NewIds(int start, int count) =>
            tensor([.. _new.SelectMany(row => row[start..(start + count)]).Select(id => (long)id)], [Count, count]);

        /// <summary>Hidden states of the next token of each row.</summary>
        public Tensor Next(int step, KeyValueCache cache)
        {
            using var input = new ModelInput(NewIds(step, 1), ones([Count, 1], ScalarType.Bool));
            return Model.Hidden(input, cache);
        }

        public void Dispose()
        {
            foreach (EncodedPrompt prompt in _prompts) prompt.Dispose();
            _still?.Dispose();
            Model.Dispose();
            _scope.Dispose();
        }

        private int Token(ref Rng rng)
        {
            while (true)
            {
                int id = rng.Below(Model.Spec.VocabularySize);
                if (id != Model.Spec.ImageTokenId && id != Model.Spec.PaddingId) return id;
            }
        }
    }
}
