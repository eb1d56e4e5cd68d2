namespace EmbodiedRL.Core.Registry;

/// <summary>
/// Shorthand: settings may say a record of this type by one of its properties alone, as <c>"center"</c> for <c>{ "name": "center" }</c>.
/// </summary>
/// <param name="property">Name of that property, a string.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShorthandAttribute(string property) : Attribute
{
    /// <summary>Name of the property.</summary>
    public string Property { get; } = property;
}
