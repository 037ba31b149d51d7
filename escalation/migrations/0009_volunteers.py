"""A circle of volunteers; what came of a request, in the words of whoever was asked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0008_guardian'),
    ]

    operations = [
        migrations.CreateModel(
            name='Volunteer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_name', models.CharField(blank=True, default='', max_length=40)),
                ('speaks_fr', models.BooleanField(default=False)),
                ('speaks_en', models.BooleanField(default=False)),
                ('timezone', models.CharField(blank=True, default='', max_length=64)),
                ('reached_by', models.CharField(blank=True, default='', max_length=120)),
                ('token_sha256', models.CharField(max_length=64, null=True, unique=True)),
                ('until', models.DateTimeField(null=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('left_at', models.DateTimeField(null=True)),
                ('proposed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='contactrequest',
            name='came_of_it',
            field=models.CharField(max_length=600, null=True),
        ),
        migrations.AlterField(
            model_name='case',
            name='closed_by_event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('hold', 'hold'), ('speak_up', 'speak_up'), ('release', 'release'), ('hold_end', 'hold_end'), ('claim', 'claim'), ('talk', 'talk'), ('hang_up', 'hang_up'), ('take_over', 'take_over'), ('ask_person', 'ask_person'), ('approve', 'approve'), ('refuse', 'refuse'), ('contact', 'contact'), ('person_end', 'person_end'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply'), ('inform', 'inform'), ('ask_helped', 'ask_helped'), ('offer', 'offer'), ('emergency', 'emergency'), ('step', 'step'), ('not_heard', 'not_heard'), ('object', 'object'), ('objection_end', 'objection_end'), ('apologise', 'apologise'), ('wish', 'wish'), ('called_us', 'called_us'), ('invite', 'invite'), ('accept', 'accept'), ('resign', 'resign'), ('answer', 'answer'), ('read', 'read'), ('propose', 'propose'), ('named', 'named')], default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('hold', 'hold'), ('speak_up', 'speak_up'), ('release', 'release'), ('hold_end', 'hold_end'), ('claim', 'claim'), ('talk', 'talk'), ('hang_up', 'hang_up'), ('take_over', 'take_over'), ('ask_person', 'ask_person'), ('approve', 'approve'), ('refuse', 'refuse'), ('contact', 'contact'), ('person_end', 'person_end'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply'), ('inform', 'inform'), ('ask_helped', 'ask_helped'), ('offer', 'offer'), ('emergency', 'emergency'), ('step', 'step'), ('not_heard', 'not_heard'), ('object', 'object'), ('objection_end', 'objection_end'), ('apologise', 'apologise'), ('wish', 'wish'), ('called_us', 'called_us'), ('invite', 'invite'), ('accept', 'accept'), ('resign', 'resign'), ('answer', 'answer'), ('read', 'read'), ('propose', 'propose'), ('named', 'named')], max_length=16),
        ),
        migrations.CreateModel(
            name='CircleEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('doing', models.CharField(choices=[('entered', 'entered'), ('changed', 'changed'), ('looked', 'looked'), ('invited', 'invited'), ('accepted', 'accepted'), ('stayed', 'stayed'), ('paused', 'paused'), ('returned', 'returned'), ('proposed', 'proposed'), ('resigned', 'resigned'), ('removed', 'removed')], max_length=12)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='escalation.volunteer')),
            ],
        ),
        migrations.AddField(
            model_name='namedperson',
            name='volunteer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='named', to='escalation.volunteer'),
        ),
        migrations.CreateModel(
            name='VolunteerHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField()),
                ('begins', models.TimeField()),
                ('ends', models.TimeField()),
                ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='escalation.volunteer')),
            ],
            options={
                'ordering': ['weekday', 'begins'],
                'constraints': [models.UniqueConstraint(fields=('volunteer', 'weekday', 'begins'), name='one_row_of_the_same_hours')],
            },
        ),
    ]
