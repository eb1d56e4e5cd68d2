using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Tests.Language.Chat;

public sealed class ChatTemplateTests
{
    private const string Language = "language/tokenizers";

    [Fact]
    [Trait("Category", "Parity")]
    public void Chats_are_written_as_the_library_does()
    {
        JsonElement cases = Fixtures.ReadJson(Language + "/cases.json");
        string folder = Path.GetDirectoryName(Fixtures.Require($"{Language}/{cases.GetProperty("tokenizer").GetString()}"))!;
        ChatTemplate template = ChatTemplate.Load(folder)!;
        var tokenizer = (TextTokenizer)TokenizerFolder.Load(folder);
        Assert.True(cases.GetProperty("chats").GetArrayLength() > 0);
        foreach (JsonElement chat in cases.GetProperty("chats").EnumerateArray())
        {
            ChatTurn[] turns = [.. chat.GetProperty("messages").EnumerateArray()
                .Select(message => new ChatTurn(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))];
            string text = template.Render(turns, chat.GetProperty("add_generation_prompt").GetBoolean());
            Assert.Equal(chat.GetProperty("text").GetString(), text);
            Assert.Equal(chat.GetProperty("ids").Deserialize<int[]>(), tokenizer.EncodePlain(text));
        }
    }

    // Right answers are those of Jinja 3.1 with trim_blocks and lstrip_blocks.
    [Theory]
    [InlineData("{{ 1 + 2 * 3 - 4 // 3 }} {{ 7 % 4 }} {{ 2 ** 3 }} {{ 7 / 2 }} {{ -7 // 2 }}", "6 3 8 3.5 -4")]
    [InlineData("{{ 'a' ~ 1 ~ none ~ true }}", "a1NoneTrue")]
    [InlineData("{{ 'yes' if 1 < 2 <= 2 else 'no' }}{{ 'x' if false }}", "yes")]
    [InlineData("{{ not true or 3 }} {{ '' or 'b' }} {{ 'a' and 'c' }}", "3 b c")]
    [InlineData("{{ 'b' in 'abc' }} {{ 4 not in [1, 2] }} {{ 'k' in {'k': 1} }}", "True True True")]
    [InlineData("{{ [1, 'x', none, 1.0] }} {{ {'a': [true]} }}", "[1, 'x', None, 1.0] {'a': [True]}")]
    [InlineData("{{ 'abcdef'[1:3] }} {{ 'abc'[-1] }} {{ [1, 2, 3][::-1] }} {{ [1, 2, 3][1:] }}", "bc c [3, 2, 1] [2, 3]")]
    [InlineData("{% for i in [1, 2, 3] %}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ ',' if not loop.last }}{% endfor %}",
        "0TrueFalse,1FalseFalse,2FalseTrue")]
    [InlineData("{% for i in range(5) if i % 2 == 0 %}{{ i }}{% else %}none{% endfor %}", "024")]
    [InlineData("{% for i in [] %}{{ i }}{% else %}none{% endfor %}", "none")]
    [InlineData("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;")]
    [InlineData("{% for i in [1, 2, 3, 4] %}{% if i == 2 %}{% continue %}{% elif i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
        "13")]
    [InlineData("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1")]
    [InlineData("{% set ns = namespace(x=1) %}{% for i in [1] %}{% set ns.x = 2 %}{% endfor %}{{ ns.x }}", "2")]
    [InlineData("{% set a, b = 1, 'z' %}{{ a }}{{ b }}{% set c %}in{{ a }}{% endset %}{{ c }}", "1zin1")]
    [InlineData("{% if x is defined %}a{% elif y is none %}b{% else %}c{% endif %}", "c")]
    [InlineData("{{ 'a' is string }} {{ {} is mapping }} {{ [1] is iterable }} {{ none is none }} {{ 3 is divisibleby 3 }}",
        "True True True True True")]
    [InlineData("{{ '  a b '.strip() }}|{{ ' x'|trim }}|{{ 'a,b'.split(',')[-1] }}|{{ 'xy'.startswith('x') }}|{{ 'aX'.replace('X', 'b') }}",
        "a b|x|b|True|ab")]
    [InlineData("{{ missing }}{{ missing|default('d') }}{{ ''|default('e', true) }}{{ [1, 2]|length }}{{ ['a', 'b']|join('-') }}",
        "de2a-b")]
    [InlineData("{{ {'a': \"x'y\", 'b': [1, none, true, 1.5]}|tojson }}", "{\"a\": \"x'y\", \"b\": [1, null, true, 1.5]}")]
    [InlineData("{{ {'a': [1, {}]}|tojson(indent=2) }}", "{\n  \"a\": [\n    1,\n    {}\n  ]\n}")]
    [InlineData("{{ [{'r': 'u', 't': 1}, {'r': 's', 't': 2}]|selectattr('r', 'equalto', 's')|map(attribute='t')|list }}", "[2]")]
    [InlineData("{{ ['b', 'a']|map('upper')|join }} {{ 'ab'|first }}{{ [1, 9]|last }} {{ 'Hello wOrld'|title }}", "BA a9 Hello World")]
    [InlineData("{% macro hi(name, end='!') %}hi {{ name }}{{ end }}{% endmacro %}{{ hi('bo') }}{{ hi('al', end='?') }}", "hi bo!hi al?")]
    [InlineData("a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc")]
    [InlineData("a \n {%- if true -%} \n b \n {%- endif %} c", "ab c")]
    [InlineData("{# note #}\nx {{- 'y' -}} z", "xyz")]
    [InlineData("{{ '\\n\\t\\'\\u00e9' }}", "\n\t'\u00e9")]
    [InlineData("{% generation %}g{% endgeneration %}", "g")]
    [InlineData("{{ strftime_now('%d %b %Y') }}", "02 Mar 2025")]
    public void A_template_means_what_it_means_in_Jinja(string template, string right) =>
        Assert.Equal(right, new ChatTemplate(template).Render([], false, new March()));

    [Theory]
    [InlineData("a\n{% include 'x' %}", 2, "include")]
    [InlineData("\n\n{{ 1|sizeof }}", 3, "sizeof")]
    [InlineData("{{ 1 is prime }}", 1, "prime")]
    [InlineData("{{ cycler(1) }}", 1, "cycler")]
    [InlineData("{% if true %}", 1, "endif")]
    [InlineData("{{ 'a }}", 1, "string")]
    [InlineData("\n{{ raise_exception('only users') }}", 2, "only users")]
    [InlineData("{{ missing.field }}", 1, "missing")]
    [InlineData("{{ ''.__class__.__mro__ }}", 1, "__mro__")]
    [InlineData("{{ 1 / 0 }}", 1, "zero")]
    public void What_is_not_supported_is_named_with_its_line(string template, int line, string named)
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => new ChatTemplate(template).Render([], false));
        Assert.Equal(line, error.Line);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{{ 'x' * 99999999999 }}")]
    [InlineData("{{ range(9999999999) }}")]
    public void A_template_that_does_not_end_is_ended(string template) =>
        Assert.Throws<ChatTemplateException>(() => new ChatTemplate(template).Render([], false));

    [Fact]
    public void A_template_of_deep_nesting_is_refused() =>
        Assert.Throws<ChatTemplateException>(() => new ChatTemplate("{{ " + new string('(', 5000) + "1" + new string(')', 5000) + " }}"));

    [Fact]
    public void Images_of_a_message_are_parts_and_words_alone_are_a_string()
    {
        var template = new ChatTemplate("""
            {% for m in messages %}{{ m.role }}:{% if m.content is string %}{{ m.content }}{% else %}{% for c in m['content'] %}
            {% if c.type == 'image' %}<image>{% elif c.type == 'text' %}{{ c.text }}{% endif %}
            {% endfor %}{% endif %};{% endfor %}
            """);
        ChatTurn[] turns = [new("system", "s"), new("user", [ChatPart.Image, new ChatPart("what"), ChatPart.Image])];
        Assert.Equal("system:s;user:<image>what<image>;", template.Render(turns, true));
        var question = new Question("how many", "3", AnswerForm.Number);
        Assert.Equal("user:how many;", template.Render(ChatTemplate.TurnsOf(question), true));
    }

    private sealed class March : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2025, 3, 2, 8, 0, 0, TimeSpan.Zero);
    }
}
