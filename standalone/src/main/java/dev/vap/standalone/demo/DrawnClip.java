package dev.vap.standalone.demo;

import dev.vap.runner.decode.ClipEncoder;
import dev.vap.runner.decode.ClipOptions;
import dev.vap.runner.decode.MediaException;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A street scene for machines without a network: a car drives by, a ball bounces, a sign stands at the road. No text is
 * drawn, since fonts are missing on many servers. The same picture for the same frame, always.
 */
final class DrawnClip {

    static final int WIDTH = 640;
    static final int HEIGHT = 360;
    static final int FRAMES = 200;
    static final double FRAMES_PER_SECOND = 10;

    private static final int ROAD = 250;
    private static final double BOUNCE = 26;

    private DrawnClip() {}

    /** Takes about a second. */
    static void draw(Path file) throws IOException {
        draw(file, FRAMES);
    }

    static void draw(Path file, int frames) throws IOException {
        System.setProperty("java.awt.headless", "true");
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
        // This type of image keeps its bytes in the order in which the encoder wants them.
        ByteBuffer bgr = ByteBuffer.wrap(((DataBufferByte) image.getRaster().getDataBuffer()).getData());
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        try (ClipEncoder encoder = ClipEncoder.open(ClipOptions.of(file, WIDTH, HEIGHT, FRAMES_PER_SECOND))) {
            for (int frame = 0; frame < frames; frame++) {
                paint(graphics, frame);
                encoder.write(bgr);
            }
            encoder.finish();
        } catch (MediaException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            graphics.dispose();
        }
    }

    private static void paint(Graphics2D g, int frame) {
        background(g);
        sign(g, 500, 120);
        ball(g, 60 + frame % 130 * 4, frame);
        car(g, (frame * 9) % (WIDTH + 260) - 240);
    }

    private static void background(Graphics2D g) {
        g.setPaint(new GradientPaint(0, 0, new Color(120, 170, 220), 0, ROAD, new Color(215, 230, 240)));
        g.fillRect(0, 0, WIDTH, ROAD);
        g.setPaint(new GradientPaint(0, ROAD, new Color(95, 95, 98), 0, HEIGHT, new Color(60, 60, 62)));
        g.fillRect(0, ROAD, WIDTH, HEIGHT - ROAD);
        g.setColor(new Color(90, 130, 80));
        g.fillRect(0, ROAD - 14, WIDTH, 14);
        g.setColor(new Color(225, 225, 215));
        for (int x = 10; x < WIDTH; x += 110) {
            g.fillRect(x, 312, 60, 6);
        }
    }

    private static void sign(Graphics2D g, int x, int y) {
        g.setColor(new Color(150, 150, 155));
        g.fillRect(x - 4, y + 40, 8, 110);
        g.setColor(Color.WHITE);
        g.fillPolygon(octagon(x, y, 48));
        g.setColor(new Color(190, 20, 30));
        g.fillPolygon(octagon(x, y, 44));
        letters(g, x - 31, y - 14);
    }

    /** S, T, O, P as strokes in boxes of 14 x 28. */
    private static void letters(Graphics2D g, int left, int top) {
        g.setColor(Color.WHITE);
        g.setStroke(new BasicStroke(4, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
        int bottom = top + 28;
        int middle = top + 14;
        g.drawPolyline(
                new int[] {left + 12, left, left, left + 12, left + 12, left},
                new int[] {top, top, middle, middle, bottom, bottom},
                6);
        int t = left + 17;
        g.drawLine(t, top, t + 12, top);
        g.drawLine(t + 6, top, t + 6, bottom);
        int o = left + 34;
        g.drawRect(o, top, 11, 28);
        int p = left + 51;
        g.drawPolyline(new int[] {p, p, p + 12, p + 12, p}, new int[] {bottom, top, top, middle, middle}, 5);
    }

    private static Polygon octagon(int x, int y, int radius) {
        Polygon polygon = new Polygon();
        for (int i = 0; i < 8; i++) {
            double angle = Math.PI / 8 + i * Math.PI / 4;
            polygon.addPoint(
                    (int) Math.round(x + radius * Math.cos(angle)), (int) Math.round(y + radius * Math.sin(angle)));
        }
        return polygon;
    }

    private static void ball(Graphics2D g, double x, int frame) {
        double phase = frame % BOUNCE / BOUNCE;
        double y = 235 - 4 * 150 * phase * (1 - phase);
        g.setColor(new Color(235, 120, 30));
        g.fill(new Ellipse2D.Double(x - 26, y - 26, 52, 52));
        g.setColor(new Color(60, 30, 15));
        g.setStroke(new BasicStroke(2));
        g.draw(new Ellipse2D.Double(x - 26, y - 26, 52, 52));
        g.draw(new Ellipse2D.Double(x - 10, y - 26, 20, 52));
        g.drawLine((int) x - 26, (int) y, (int) x + 26, (int) y);
    }

    private static void car(Graphics2D g, int x) {
        int y = 258;
        g.setColor(new Color(30, 80, 160));
        g.fillPolygon(new int[] {x + 40, x + 75, x + 150, x + 185}, new int[] {y - 18, y - 52, y - 52, y - 18}, 4);
        g.fillRoundRect(x, y - 20, 230, 48, 22, 22);
        g.setColor(new Color(190, 215, 230));
        g.fillPolygon(new int[] {x + 52, x + 79, x + 108, x + 108}, new int[] {y - 18, y - 46, y - 46, y - 18}, 4);
        g.fillPolygon(new int[] {x + 116, x + 116, x + 146, x + 172}, new int[] {y - 18, y - 46, y - 46, y - 18}, 4);
        for (int wheel : new int[] {x + 48, x + 178}) {
            g.setColor(new Color(20, 20, 20));
            g.fillOval(wheel - 22, y + 6, 44, 44);
            g.setColor(new Color(170, 170, 175));
            g.fillOval(wheel - 11, y + 17, 22, 22);
        }
        g.setColor(new Color(250, 240, 170));
        g.fillOval(x + 216, y - 10, 12, 12);
        g.setColor(new Color(200, 30, 30));
        g.fillOval(x + 2, y - 10, 10, 12);
    }
}
