/** A few colormaps, as coarse stops. */

const STOPS = {
  gray: ['#000000', '#ffffff'],
  viridis: ['#440154', '#414487', '#2a788e', '#22a884', '#7ad151', '#fde725'],
  magma: ['#000004', '#3b0f70', '#8c2981', '#de4968', '#fe9f6d', '#fcfdbf'],
  inferno: ['#000004', '#420a68', '#932667', '#dd513a', '#fca50a', '#fcffa4'],
  plasma: ['#0d0887', '#6a00a8', '#b12a90', '#e16462', '#fca636', '#f0f921'],
  cividis: ['#00224e', '#35456c', '#666970', '#948e77', '#c8b866', '#fee838'],
  turbo: ['#30123b', '#4686fb', '#1ae4b6', '#a2fc3c', '#faba39', '#e4460a', '#7a0403'],
  red: ['#000000', '#ff0000'],
  green: ['#000000', '#00ff00'],
  blue: ['#000000', '#0000ff'],
  cyan: ['#000000', '#00ffff'],
  magenta: ['#000000', '#ff00ff'],
  yellow: ['#000000', '#ffff00'],
  fire: ['#000000', '#1f1a6f', '#7a1d9b', '#e03c31', '#ff9a00', '#ffffff'],
};

export const list = Object.entries(STOPS).map(([name, stops]) => ({ name, stops }));

export function colormap(name) {
  return (STOPS[name] ?? STOPS.gray).map((hex) =>
    [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)),
  );
}
