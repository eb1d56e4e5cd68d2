using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Language.Generation;
using Microsoft.Extensions.AI;

namespace EmbodiedRL.Models.Tests.Language.Chat;

[NoTensorLeaks]
public sealed class LocalChatClientTests
{
    private static readonly ChatMessage[] Hello = [new(ChatRole.System, "short"), new(ChatRole.User, "hello")];

    private static ChatTemplate Template =>
        new("{% for m in messages %}{{ m.role[0] }}{{ m.content }}|{% endfor %}{{ '>' if add_generation_prompt }}");

    [Fact]
    public async Task Whole_and_streamed_replies_are_the_same()
    {
        using CausalLanguageModel model = TinyModel.Create(template: Template);
        using var client = new LocalChatClient(model, new SamplingSettings { EndIds = [] });
        var options = new ChatOptions { Temperature = 0.9f, MaxOutputTokens = 24, Seed = 5 };
        ChatResponse whole = await client.GetResponseAsync(Hello, options, TestContext.Current.CancellationToken);
        var updates = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Hello, options, TestContext.Current.CancellationToken))
            updates.Add(update);
        ChatResponse streamed = updates.ToChatResponse();
        Assert.NotEmpty(whole.Text);
        Assert.Equal(whole.Text, streamed.Text);
        Assert.True(updates.Count > 5);
        Assert.Equal(ChatFinishReason.Length, whole.FinishReason);
        Assert.Equal(ChatFinishReason.Length, streamed.FinishReason);
        Assert.Equal("sshort|uhello|>".Length, whole.Usage!.InputTokenCount);
        Assert.Equal(24, whole.Usage.OutputTokenCount);
        Assert.Equal(whole.Usage.TotalTokenCount, streamed.Usage!.TotalTokenCount);
    }

    [Fact]
    public async Task Options_are_those_of_the_sampler()
    {
        using CausalLanguageModel model = TinyModel.Create(template: Template);
        using var client = new LocalChatClient(model, new SamplingSettings { EndIds = [], MaximumTokens = 20 });
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string greedy = (await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0 }, cancellation)).Text;
        Assert.Equal(greedy, (await client.GetResponseAsync(Hello, new ChatOptions { TopK = 1 }, cancellation)).Text);
        Assert.Equal(greedy, (await client.GetResponseAsync(Hello, new ChatOptions { TopP = 0 }, cancellation)).Text);
        Assert.NotEqual((await client.GetResponseAsync(Hello, null, cancellation)).Text,
            (await client.GetResponseAsync(Hello, null, cancellation)).Text);
        string stop = greedy[6..8];
        var stopped = new List<ChatResponseUpdate>();
        var options = new ChatOptions { Temperature = 0, StopSequences = [stop] };
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Hello, options, cancellation)) stopped.Add(update);
        Assert.Equal(greedy[..greedy.IndexOf(stop, StringComparison.Ordinal)], stopped.ToChatResponse().Text);
        Assert.Equal(ChatFinishReason.Stop, stopped.ToChatResponse().FinishReason);
    }

    [Fact]
    public async Task Whoever_stops_reading_ends_the_generation()
    {
        using CausalLanguageModel model = TinyModel.Create(template: Template);
        using var client = new LocalChatClient(model, new SamplingSettings { EndIds = [], MaximumTokens = 70 });
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Hello, null, cancellation)) break;
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync(Hello, null, cancelled.Token));
        Assert.NotEmpty((await client.GetResponseAsync(Hello, null, cancellation)).Text);
    }

    [Fact]
    public async Task What_the_model_cannot_read_is_refused()
    {
        using CausalLanguageModel model = TinyModel.Create(template: Template);
        using var client = new LocalChatClient(model);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        ChatMessage picture = new(ChatRole.User, [new DataContent(new byte[] { 1, 2 }, "image/png"), new TextContent("what")]);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([picture], null, cancellation));
        Assert.Same(model, client.GetService<CausalLanguageModel>());
        Assert.Equal("decoder", client.GetService<ChatClientMetadata>()!.DefaultModelId);
    }
}
